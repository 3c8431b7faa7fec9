namespace FunctionsApp.Functions.Hosting;

/// <summary>A contract with an example for the documentation.</summary>
public interface IExample<out T>
{
    static abstract T Example { get; }
}
