using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace FunctionsApp.Core.Database;

/// <summary>
/// The columns that a statement writes for each of many rows. The names of the columns, their types, the array parameters of an
/// <c>unnest</c> and the values of a binary COPY all derive from this one list, so no value can end up in another column.
/// </summary>
public sealed class ColumnTable<TRow>
{
    readonly List<Column> columns = [];

    public int Count => columns.Count;

    /// <summary>The names, separated by commas.</summary>
    public string Names => string.Join(", ", columns.Select(column => column.Name));

    /// <summary>Adds the column that is named after the property that <paramref name="value"/> reads.</summary>
    public ColumnTable<TRow> Add<TValue>(Func<TRow, TValue> value, [CallerArgumentExpression(nameof(value))] string expression = "")
        where TValue : notnull => Add(NameOf(expression), value);

    public ColumnTable<TRow> Add<TValue>(string name, Func<TRow, TValue> value)
        where TValue : notnull
    {
        columns.Add(new Required<TValue>(name, value));
        return this;
    }

    /// <summary>Adds a column that may be null, named after the property that <paramref name="value"/> reads.</summary>
    public ColumnTable<TRow> AddOptional<TValue>(
        Func<TRow, TValue?> value,
        [CallerArgumentExpression(nameof(value))] string expression = ""
    )
        where TValue : struct
    {
        columns.Add(new Optional<TValue>(NameOf(expression), value));
        return this;
    }

    /// <summary>Adds a column of texts that may be null, named after the property that <paramref name="value"/> reads.</summary>
    public ColumnTable<TRow> AddOptional(Func<TRow, string?> value, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        columns.Add(new OptionalText(NameOf(expression), value));
        return this;
    }

    /// <summary>The set of rows that <see cref="AddArrays"/> sends.</summary>
    /// <param name="first">The number of the parameter of the first column.</param>
    public string Unnest(int first) => $"unnest({string.Join(", ", Enumerable.Range(first, Count).Select(number => $"${number}"))})";

    /// <summary>The parameters that <see cref="AddRow"/> sends, separated by commas.</summary>
    /// <param name="first">The number of the parameter of the first column.</param>
    public string Parameters(int first) => string.Join(", ", columns.Select((column, i) => column.Parameter(first + i)));

    /// <summary>Adds one value for each column.</summary>
    public Positional AddRow(Positional parameters, TRow row)
    {
        foreach (var column in columns)
            column.AddValue(parameters, row);
        return parameters;
    }

    /// <summary>Adds one array for each column.</summary>
    public Positional AddArrays(Positional parameters, IReadOnlyCollection<TRow> rows)
    {
        foreach (var column in columns)
            column.AddArray(parameters, rows);
        return parameters;
    }

    /// <summary>Writes the columns of a row that has been started.</summary>
    public async Task WriteAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellationToken)
    {
        foreach (var column in columns)
            await column.WriteAsync(copy, row, cancellationToken);
    }

    // version => version.TradePrice: trade_price
    static string NameOf(string expression) => JsonNamingPolicy.SnakeCaseLower.ConvertName(expression[(expression.LastIndexOf('.') + 1)..]);

    abstract class Column(string name)
    {
        public string Name { get; } = name;

        /// <summary>With its type where it can be null, which is sent without one.</summary>
        public abstract string Parameter(int number);

        public abstract void AddValue(Positional parameters, TRow row);

        public abstract void AddArray(Positional parameters, IReadOnlyCollection<TRow> rows);

        public abstract Task WriteAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellationToken);
    }

    sealed class Required<TValue>(string name, Func<TRow, TValue> value) : Column(name)
    {
        readonly NpgsqlDbType type = ColumnTypes.Of(typeof(TValue));

        public override string Parameter(int number) => $"${number}";

        public override void AddValue(Positional parameters, TRow row) => parameters.Add(value(row));

        public override void AddArray(Positional parameters, IReadOnlyCollection<TRow> rows) =>
            parameters.Add(rows.Select(value).ToArray());

        public override Task WriteAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellationToken) =>
            copy.WriteAsync(value(row), type, cancellationToken);
    }

    sealed class Optional<TValue>(string name, Func<TRow, TValue?> value) : Column(name)
        where TValue : struct
    {
        readonly NpgsqlDbType type = ColumnTypes.Of(typeof(TValue));

        public override string Parameter(int number) => $"${number}::{type.ToString().ToLowerInvariant()}";

        public override void AddValue(Positional parameters, TRow row) => parameters.Add(value(row));

        public override void AddArray(Positional parameters, IReadOnlyCollection<TRow> rows) =>
            parameters.Add(rows.Select(value).ToArray());

        public override Task WriteAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellationToken) =>
            value(row) is { } some ? copy.WriteAsync(some, type, cancellationToken) : copy.WriteNullAsync(cancellationToken);
    }

    sealed class OptionalText(string name, Func<TRow, string?> value) : Column(name)
    {
        public override string Parameter(int number) => $"${number}::text";

        public override void AddValue(Positional parameters, TRow row) => parameters.Add(value(row));

        public override void AddArray(Positional parameters, IReadOnlyCollection<TRow> rows) =>
            parameters.Add(rows.Select(value).ToArray());

        public override Task WriteAsync(NpgsqlBinaryImporter copy, TRow row, CancellationToken cancellationToken) =>
            value(row) is { } some ? copy.WriteAsync(some, NpgsqlDbType.Text, cancellationToken) : copy.WriteNullAsync(cancellationToken);
    }
}

/// <summary>The types of columns, by what is written to them.</summary>
static class ColumnTypes
{
    static readonly Dictionary<Type, NpgsqlDbType> types = new()
    {
        [typeof(Guid)] = NpgsqlDbType.Uuid,
        [typeof(string)] = NpgsqlDbType.Text,
        [typeof(short)] = NpgsqlDbType.Smallint,
        [typeof(int)] = NpgsqlDbType.Integer,
        [typeof(decimal)] = NpgsqlDbType.Numeric,
        [typeof(DateOnly)] = NpgsqlDbType.Date,
        [typeof(DateTime)] = NpgsqlDbType.TimestampTz,
    };

    public static NpgsqlDbType Of(Type type) => types[type];
}
