using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace FunctionsApp.LoadTest.Service;

/// <summary>Gives the users ledgers: trades of twenty instruments in two years, with the deposits that they need.</summary>
sealed class Investors(ApiClient api, Accounts accounts)
{
    const int Instruments = 20,
        Trades = 10;

    static readonly DateOnly First = new(2023, 1, 2);

    static readonly DateTime FirstMoment = new(2025, 3, 1, 0, 0, 0, DateTimeKind.Utc);

    long pasts,
        moments;
    bool ready;

    /// <summary>The next user in turn, who has a ledger.</summary>
    public async ValueTask<Account> NextAsync(CancellationToken cancellationToken)
    {
        if (!ready)
        {
            var all = await accounts.AllAsync(cancellationToken);
            await InParallel.CreateAsync(all.Count, (i, stop) => FillAsync(all[i], i, stop), cancellationToken);
            ready = true;
        }

        return await accounts.NextAsync(cancellationToken);
    }

    /// <summary>A day on which portfolios had a value.</summary>
    public string PastDay() => Text(First.AddDays(30 + (int)(pasts++ % 700)));

    /// <summary>A moment after all trades, five minutes after the last one, so that a day has few entries. Repeats after 150,000.</summary>
    public string NextMoment() =>
        FirstMoment.AddMinutes(moments++ % 150_000 * 5).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    async ValueTask<bool> FillAsync(Account owner, int number, CancellationToken cancellationToken)
    {
        var csv = new StringBuilder(
            "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id," + "order_execution_time\n"
        );
        for (var i = 0; i < Instruments * Trades; i++)
        {
            var (instrument, trade) = (i % Instruments, i / Instruments);
            var day = Text(First.AddDays(trade * 73 + instrument));
            var (kind, quantity) = trade % 4 == 3 ? ("sell", 3) : ("buy", 5 + instrument);
            csv.Append(
                CultureInfo.InvariantCulture,
                $"LOAD{instrument},,{day},NSE,EQ,EQ,{kind},false,{quantity},{100 + instrument + trade},"
            );
            csv.Append(CultureInfo.InvariantCulture, $"{number:0000}{i:0000},{i},{day}T10:00:00\n");
        }

        await api.SendAsync(
            HttpMethod.Post,
            "/ledger/import?fund=auto",
            await owner.TokenAsync(cancellationToken),
            () => new StringContent(csv.ToString(), new MediaTypeHeaderValue("text/csv")),
            cancellationToken
        );
        return true;
    }

    static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
