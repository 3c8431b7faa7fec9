using System.Data;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Positional parameters: <c>$1</c>, <c>$2</c>, … For statements on a hot path: with named parameters, Npgsql parses and rewrites the
/// statement on every call. A null is sent without a type: cast it in the statement where Postgres cannot infer the type.
/// </summary>
public sealed class Positional : SqlMapper.IDynamicParameters
{
    readonly List<NpgsqlParameter> parameters = [];

    public Positional Add<T>(T value)
    {
        parameters.Add(value is null ? new NpgsqlParameter { NpgsqlValue = DBNull.Value } : new NpgsqlParameter<T> { TypedValue = value });
        return this;
    }

    /// <summary>Adds the parameters to those of a statement of a batch.</summary>
    public void AddTo(NpgsqlParameterCollection collection)
    {
        foreach (var parameter in parameters)
            collection.Add(parameter);
    }

    void SqlMapper.IDynamicParameters.AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
    }
}
