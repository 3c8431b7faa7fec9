using System.Net.Http.Headers;
using System.Text;
using FunctionsApp.Client;

// The same walkthrough as in ../typescript.
using var http = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("API")! + "/") };
var run = Guid.Parse(Environment.GetEnvironmentVariable("RUN")!);
var client = new FunctionsAppClient(http);
var username = $"nswag{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";
const string Password = "correct horse battery";
const string Tradebook = """
    symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time
    INFY,INE009A01021,2024-01-15,NSE,EQ,EQ,buy,false,10,1520.50,50001,1300000000000001,2024-01-15T09:15:32

    """;

var signedUp = await client.SignupAsync(new() { Username = username, Password = Password });
Check(signedUp.Username == username, "sign up");

var tokens = await client.LoginAsync(new() { Username = username, Password = Password });
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Access_token);

var ticket = await client.TrainsIssueAsync(
    run,
    new()
    {
        From = "Mysuru",
        To = "Chennai",
        Class = "2A",
        Passengers = ["Ada Lovelace"],
    },
    username
);
Check(ticket.Status == TrainTicketStatus.Confirmed && ticket.Seats.Count == 1, "buy a ticket");

Check((await TextAsync(await client.TrainsTicketQrAsync(run, ticket.Id))).Contains("<svg", StringComparison.Ordinal), "QR code");

var imported = await client.LedgerImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(Tradebook)), Fund.Auto);
Check(imported.Added == 1, "import");
Check((await TextAsync(await client.LedgerEntriesCsvAsync())).Contains("INFY", StringComparison.Ordinal), "CSV");
Check((await TextAsync(await client.PortfolioChartAsync())).Contains("<svg", StringComparison.Ordinal), "chart");
var portfolio = await client.PortfolioGetAsync();
Check(portfolio.Holdings.Single().Quantity == 10, "portfolio");

try
{
    await client.UsersListAsync();
    Check(false, "a typed failure");
}
catch (ApiException<ProblemDetails> e)
{
    Check(e.Result.Status == 403, "a typed failure");
}

static async Task<string> TextAsync(FileResponse file)
{
    using (file)
    using (var reader = new StreamReader(file.Stream))
        return await reader.ReadToEndAsync();
}

static void Check(bool condition, string what)
{
    if (!condition)
        throw new InvalidOperationException($"{what} failed.");
}
