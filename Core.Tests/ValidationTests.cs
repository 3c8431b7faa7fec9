namespace Core.Tests;

public sealed class ValidationTests
{
    [Fact]
    public void Nothing_noted_is_nothing_thrown()
    {
        new Validation().Check("a", null).Check("b", null).ThrowIfInvalid();
        new Validation().ThrowIfInvalid();
    }

    [Fact]
    public void All_problems_of_all_fields_are_told_at_once()
    {
        var validation = new Validation().Check("a", "one").Check("fine", null).Check("b", "two").Check("a", "three");

        var refused = Assert.Throws<RefusedException>(validation.ThrowIfInvalid);
        Assert.Equal(Refusal.Invalid, refused.Refusal);
        Assert.Equal(["a", "b"], refused.Errors.Keys.Order());
        Assert.Equal(["one", "three"], refused.Errors["a"]);
        Assert.Equal(["two"], refused.Errors["b"]);
    }

    [Fact]
    public void A_conflict_names_its_field()
    {
        var refused = RefusedException.Conflict("email", "The e-mail address is taken.");

        Assert.Equal((Refusal.Conflict, "The e-mail address is taken."), (refused.Refusal, refused.Message));
        Assert.Equal(["The e-mail address is taken."], refused.Errors["email"]);
    }
}
