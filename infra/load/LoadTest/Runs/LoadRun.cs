using System.Globalization;
using System.Text.Json;
using FunctionsApp.LoadTest.Attacks;
using FunctionsApp.LoadTest.Reports;
using FunctionsApp.LoadTest.Search;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Subjects;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Runs;

/// <summary>Searches the highest rate of each kind of work, and writes the record after every attack.</summary>
/// <param name="folder">The folder of the results.</param>
sealed class LoadRun(RunRecord record, ISubject subject, Vegeta vegeta, string folder, RunProgress progress)
{
    // Distinct targets of a reusable kind, which Vegeta sends in turn.
    const int ReusableTargets = 1000;

    const double FirstRate = 64,
        FirstHashRate = 1,
        // The part of the last or first rate at which the server is warmed up.
        WarmUpRate = 100,
        WarmUpHashRate = 1;

    // Beyond this a response is a failure. It is longer than any sensible objective.
    const double LeastTimeout = 10_000,
        TimeoutFactor = 4;

    /// <summary>Measures what the record does not have yet.</summary>
    /// <exception cref="LoadTestException">The subject or Vegeta failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in record.Plan.Kinds.Select(Kind.Of))
        {
            var measured = record.Kinds.Find(one => one.Kind == kind.Name);
            if (measured is null)
            {
                var objective = kind.Hashes ? record.Plan.HashObjective : record.Plan.Objective;
                record.Kinds.Add(measured = new() { Kind = kind.Name, Objective = objective });
            }

            if (!measured.IsDone)
                await SearchAsync(kind, measured, cancellationToken);
        }
    }

    async Task SearchAsync(Kind kind, KindRecord measured, CancellationToken cancellationToken)
    {
        var plan = record.Plan;
        var search = new RateSearch(Math.Min(kind.Hashes ? FirstHashRate : FirstRate, plan.HighestRate), plan.HighestRate, plan.Tolerance);
        foreach (var attack in measured.Attacks)
            search.Add(attack.Outcome);
        progress.Begin(kind.Name, "starting");
        await subject.RestartAsync(cancellationToken);
        var preparation = subject.NewPreparation();
        if (kind.Name is "login" or Kind.Mixed)
        {
            using var target = new ApiClient(subject.Url);
            await preparation.LogInAsync(target, cancellationToken);
        }

        if (plan.WarmUp > 0)
        {
            var rate = Math.Min(kind.Hashes ? WarmUpHashRate : WarmUpRate, plan.HighestRate);
            await AttackAsync(kind, measured, preparation, rate, plan.WarmUp, "warming up", cancellationToken);
        }

        while (search.Next is var (rate, confirms))
        {
            var seconds = plan.Duration * (confirms ? RunPlan.ConfirmationFactor : 1);
            var text = string.Create(CultureInfo.InvariantCulture, $"{rate:0} requests/s{(confirms ? " (confirmation)" : "")}");
            var (result, used, happened) = await AttackAsync(kind, measured, preparation, rate, seconds, text, cancellationToken);
            var attack = new AttackRecord(
                rate,
                confirms,
                new Objective(TimeSpan.FromMilliseconds(measured.Objective)).Problem(rate, result),
                happened,
                result,
                used
            );
            measured.Attacks.Add(attack);
            search.Add(attack.Outcome);
            progress.Report($"{kind.Name}: {text}: p99 {MarkdownReport.Number(result.P99)} ms, {attack.Problem ?? "passed"}");
            if (search.IsDone)
            {
                measured.Rate = search.Result;
                if (search.IsImpossible)
                {
                    measured.Problem = string.Create(
                        CultureInfo.InvariantCulture,
                        $"A p99 of {measured.Objective:0.#} ms cannot be met even at {attack.Rate:0} request/s: {attack.Problem}."
                    );
                }
            }

            record.Write(folder);
        }
    }

    async Task<(AttackResult Result, Usage Used, string? Event)> AttackAsync(
        Kind kind,
        KindRecord measured,
        Preparation preparation,
        double rate,
        double seconds,
        string text,
        CancellationToken cancellationToken
    )
    {
        progress.Begin(kind.Name, $"{text}, preparing");
        var targets = await WriteTargetsAsync(kind, preparation, rate, seconds, cancellationToken);
        try
        {
            progress.Begin(kind.Name, text, seconds);
            var before = await subject.ReadUsageAsync(cancellationToken);
            var isRefresh = kind.Name == "refresh";
            await vegeta.AttackAsync(
                targets,
                rate,
                TimeSpan.FromSeconds(seconds),
                TimeSpan.FromMilliseconds(Math.Max(LeastTimeout, measured.Objective * TimeoutFactor)),
                keepBodies: isRefresh,
                cancellationToken
            );
            var used = (await subject.ReadUsageAsync(cancellationToken)).Since(before);
            var result = await vegeta.ReadAsync(
                isRefresh ? body => preparation.AddRefreshToken(RefreshToken(body)) : null,
                cancellationToken
            );
            progress.Begin(kind.Name, $"{text}, recovering");
            return (result, used, await subject.RecoverAsync(cancellationToken));
        }
        finally
        {
            File.Delete(targets);
        }
    }

    async Task<string> WriteTargetsAsync(
        Kind kind,
        Preparation preparation,
        double rate,
        double seconds,
        CancellationToken cancellationToken
    )
    {
        // One more than Vegeta sends, which it would otherwise begin again.
        var needed = (int)Math.Ceiling(rate * seconds) + 1;
        var count = kind.IsReusable ? Math.Min(needed, ReusableTargets) : needed;
        var file = Path.Combine(folder, "targets.json");
        await TargetFile.WriteAsync(file, kind.Name, count, preparation, cancellationToken);
        return file;
    }

    static string RefreshToken(string body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("refresh_token").GetString()!;
    }
}
