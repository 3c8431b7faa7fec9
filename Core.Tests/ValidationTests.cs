namespace FunctionsApp.Core.Tests;

public sealed class ValidationTests
{
    [Fact]
    public void No_problems_throw_no_exception()
    {
        new Validation().Check("a", null).Check("b", null).ThrowIfInvalid();
        new Validation().ThrowIfInvalid();
    }

    [Fact]
    public void All_problems_of_all_fields_are_reported_together()
    {
        var validation = new Validation().Check("a", "one").Check("fine", null).Check("b", "two").Check("a", "three");

        var refused = Assert.Throws<RefusedException>(validation.ThrowIfInvalid);
        Assert.Equal(Refusal.Invalid, refused.Refusal);
        Assert.Equal(["a", "b"], refused.Errors.Keys.Order());
        Assert.Equal(["one", "three"], refused.Errors["a"]);
        Assert.Equal(["two"], refused.Errors["b"]);
    }

    [Fact]
    public void At_most_50_fields_are_listed_and_the_message_mentions_it()
    {
        var validation = new Validation();
        for (var i = 0; i < 10_000; i++)
            validation.Check($"items[{i}]", "Is required.");
        validation.Check("items[0]", "Is too short.");

        var refused = Assert.Throws<RefusedException>(validation.ThrowIfInvalid);

        Assert.Equal(Enumerable.Range(0, Validation.MaxFields).Select(i => $"items[{i}]"), refused.Errors.Keys);
        Assert.Equal(["Is required.", "Is too short."], refused.Errors["items[0]"]);
        Assert.Contains("50", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conflict_names_its_field()
    {
        var refused = RefusedException.Conflict("email", "The email address is taken.");

        Assert.Equal((Refusal.Conflict, "The email address is taken."), (refused.Refusal, refused.Message));
        Assert.Equal(["The email address is taken."], refused.Errors["email"]);
    }
}
