using System.CommandLine;
using System.Globalization;
using FunctionsApp.ShardSkew;

// Simulates how unevenly the nodes of a Citus cluster are loaded when some users and train runs are used more than others.
//   dotnet run --project infra/scale/ShardSkew -- [--rounds N] [--seed N] [--picture FILE.svg]
var rounds = new Option<int>("--rounds") { Description = "Placements to take the median of.", DefaultValueFactory = _ => 101 };
var seed = new Option<int>("--seed") { Description = "The seed of the placements.", DefaultValueFactory = _ => 1 };
var picture = new Option<string?>("--picture") { Description = "SVG file for the plot." };
rounds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() < 1)
        result.AddError("--rounds must be 1 or more.");
});
var command = new RootCommand("Simulates the load of the nodes of a Citus cluster whose keys are used unequally.")
{
    rounds,
    seed,
    picture,
};
command.SetAction(parsed => Run(parsed.GetValue(rounds), parsed.GetValue(seed), parsed.GetValue(picture)));
return command.Parse(args).Invoke();

static void Run(int rounds, int seed, string? picture)
{
    const int Shards = 32;
    int[] nodes = [1, 2, 4, 8, 16, 32];
    KeyPopulation[] populations =
    [
        new("1,000,000 users, equal", 1_000_000, 0),
        new("1,000,000 users, Zipf 0.8", 1_000_000, 0.8),
        new("1,000,000 users, Zipf 1.0", 1_000_000, 1),
        new("10,000 train runs, Zipf 0.8", 10_000, 0.8),
        new("10,000 train runs, Zipf 1.2", 10_000, 1.2),
    ];
    var lines = new List<(string, double[])>();
    Console.WriteLine($"| keys | busiest key | {string.Join(" | ", nodes.Select(count => count == 1 ? "1 node" : $"{count} nodes"))} |");
    Console.WriteLine($"| --- | --- | {string.Join(" | ", nodes.Select(_ => "---"))} |");
    foreach (var population in populations)
    {
        var shares = population.Shares();
        var random = new Random(seed);
        double[][] placements = [.. Enumerable.Range(0, rounds).Select(_ => Placement.Shards(shares, Shards, random))];
        double[] effective = [.. nodes.Select(count => Median(placements.Select(shards => Placement.EffectiveNodes(shards, count))))];
        lines.Add((population.Name, effective));
        var cells = effective.Select(count => count.ToString("0.0", CultureInfo.InvariantCulture));
        var busiest = (shares[0] * 100).ToString("0.####", CultureInfo.InvariantCulture);
        Console.WriteLine($"| {population.Name} | {busiest} % | {string.Join(" | ", cells)} |");
    }

    if (picture is not null)
        SkewPlot.Write(picture, nodes, lines);
}

static double Median(IEnumerable<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted[sorted.Length / 2];
}
