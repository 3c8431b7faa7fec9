namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>A row of the fault matrix in docs/reliability.md, verified by the test with this attribute.</summary>
/// <param name="fault">The fault.</param>
/// <param name="during">What the test asserts during the fault.</param>
/// <param name="after">What the test asserts after the fault.</param>
[AttributeUsage(AttributeTargets.Method)]
sealed class FaultAttribute(string fault, string during, string after) : Attribute
{
    public string Fault => fault;

    public string During => during;

    public string After => after;
}
