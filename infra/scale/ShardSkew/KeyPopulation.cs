namespace FunctionsApp.ShardSkew;

/// <summary>
/// Keys whose use follows Zipf's law: the share of the key at rank r is proportional to r to the power of minus the exponent.
/// </summary>
/// <param name="Name">For the table and the plot.</param>
/// <param name="Keys">How many keys there are. 1 or more.</param>
/// <param name="Exponent">0 for keys that are used equally; 1 for Zipf's original law.</param>
/// <remarks>Source: G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949.</remarks>
sealed record KeyPopulation(string Name, int Keys, double Exponent)
{
    /// <summary>The share of each key in all requests, the most used first. The sum is 1.</summary>
    public double[] Shares()
    {
        var shares = new double[Keys];
        double sum = 0;
        for (var rank = 1; rank <= Keys; rank++)
            sum += shares[rank - 1] = Math.Pow(rank, -Exponent);
        for (var i = 0; i < Keys; i++)
            shares[i] /= sum;
        return shares;
    }
}
