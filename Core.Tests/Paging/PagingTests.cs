using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Keys;

namespace FunctionsApp.Core.Tests;

public sealed class PagingTests
{
    const string Base64UrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    static Cursors Cursors => TestKeys.Cursors;

    [Property]
    public void A_cursor_round_trips_its_key(Guid key, NonNull<string> list)
    {
        Assert.True(Cursors.TryRead(list.Get, Cursors.Write(list.Get, key), out var read));
        Assert.Equal(key, read);
    }

    [Property]
    public Property A_cursor_with_one_character_changed_is_refused() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<Guid>(),
            Gen.Choose(0, 42).ToArbitrary(),
            Gen.Elements((Base64UrlAlphabet + "=%+/ \n\0é").ToCharArray()).ToArbitrary(),
            (key, place, character) =>
            {
                var cursor = Cursors.Write("users", key);
                var changed = cursor[..place] + character + cursor[(place + 1)..];
                return Cursors.TryRead("users", changed, out _) == (changed == cursor);
            }
        );

    [Property]
    public void A_cursor_of_another_list_is_refused(Guid key, NonNull<string> list, NonNull<string> other) =>
        Assert.Equal(list.Get == other.Get, Cursors.TryRead(other.Get, Cursors.Write(list.Get, key), out _));

    [Property]
    public void Arbitrary_text_is_refused_as_a_cursor(NonNull<string> text) => Assert.False(Cursors.TryRead("users", text.Get, out _));

    [Property]
    public void A_truncated_or_extended_cursor_is_refused(Guid key, byte cut, char more)
    {
        var cursor = Cursors.Write("users", key);

        Assert.False(Cursors.TryRead("users", cursor[..(cut % cursor.Length)], out _));
        Assert.False(Cursors.TryRead("users", cursor + more, out _));
        Assert.False(Cursors.TryRead("users", more + cursor, out _));
    }

    [Theory]
    [InlineData(null, 20)]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    public void A_limit_of_1_to_100_is_accepted_and_defaults_to_20(int? limit, int expected) =>
        Assert.Equal(new PageRequest(Cursors, "users", expected, null), PageRequest.Parse(Cursors, "users", limit, null));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_limit_out_of_range_is_refused(int limit)
    {
        var refused = Assert.Throws<RefusedException>(() => PageRequest.Parse(Cursors, "users", limit, null));
        Assert.Equal((Refusal.Invalid, "limit"), (refused.Refusal, Assert.Single(refused.Errors.Keys)));
    }

    [Fact]
    public void An_invalid_limit_and_an_invalid_cursor_are_reported_together()
    {
        var refused = Assert.Throws<RefusedException>(() =>
            PageRequest.Parse(Cursors, "users", 0, Cursors.Write("sessions", Guid.CreateVersion7()))
        );
        Assert.Equal(["cursor", "limit"], refused.Errors.Keys.Order());
    }

    [Theory]
    [InlineData(0xff, 0)]
    [InlineData(0, 0xff)]
    [InlineData(0x7f, 0)]
    public void A_signed_cursor_that_is_not_a_ledger_position_is_refused(byte time, byte kind)
    {
        byte[] key = [.. Enumerable.Repeat(time, sizeof(long)), kind, kind, .. new byte[16]];
        var refused = Assert.Throws<RefusedException>(() => EntryPageRequest.Parse(Cursors, 1, Cursors.Write("ledger", key)));
        Assert.Equal((Refusal.Invalid, "cursor"), (refused.Refusal, Assert.Single(refused.Errors.Keys)));
    }

    [Fact]
    public void An_empty_cursor_is_refused() =>
        Assert.Equal(
            "cursor",
            Assert.Single(Assert.Throws<RefusedException>(() => PageRequest.Parse(Cursors, "users", null, "")).Errors.Keys)
        );

    [Property]
    public Property Following_the_cursors_shows_every_item_once_in_order() =>
        Prop.ForAll(
            Gen.Choose(0, 30).ToArbitrary(),
            Gen.Choose(1, 10).ToArbitrary(),
            (count, limit) =>
            {
                var all = Enumerable.Range(0, count).Select(i => new Guid(i + 1, 0, 0, new byte[8])).OrderDescending().ToList();
                var seen = new List<Guid>();
                string? cursor = null;
                do
                {
                    var request = PageRequest.Parse(Cursors, "users", limit, cursor);
                    var rows = all.Where(id => request.Before is not { } before || id < before).Take(request.Limit + 1).ToList();
                    var page = KeysetPage<Guid>.Of(rows, request, id => id);
                    Assert.Equal(rows.Take(limit), page.Items);
                    seen.AddRange(page.Items);
                    cursor = page.NextCursor;
                } while (cursor is not null);
                Assert.Equal(all, seen);
            }
        );
}
