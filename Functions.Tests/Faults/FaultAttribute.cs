namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>A row of the fault matrix in docs/reliability.md, which holds as long as the test that has this attribute passes.</summary>
/// <param name="fault">What fails.</param>
/// <param name="during">What the test asserts while it lasts.</param>
/// <param name="after">What the test asserts once it is over.</param>
[AttributeUsage(AttributeTargets.Method)]
sealed class FaultAttribute(string fault, string during, string after) : Attribute
{
    public string Fault => fault;

    public string During => during;

    public string After => after;
}
