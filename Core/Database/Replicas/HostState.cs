namespace FunctionsApp.Core.Database;

/// <summary>The write-ahead log state that a database server reported.</summary>
/// <param name="StartedAt">When the server process started, which identifies it: a restarted one may be behind its earlier self.</param>
/// <param name="IsStandby">Whether it is in recovery.</param>
/// <param name="Timeline">The timeline. Each promotion of a standby starts a higher one.</param>
/// <param name="Position">A primary: the end of what is acknowledged. A standby: the end of what its readers see.</param>
/// <param name="Received">
/// A standby: the end of what it has received, at least <paramref name="Position"/>. Null if it is unknown: the standby was restarted, and
/// has not applied everything yet that it had received before.
/// </param>
/// <param name="IsDrained">
/// A standby: whether it has applied all complete records that it has received. False if it is unknown, which is so unless the role has
/// the rights of <c>pg_monitor</c>.
/// </param>
/// <param name="IsSynchronous">A primary: whether a commit is acknowledged only after a standby has it.</param>
sealed record HostState(
    DateTime StartedAt,
    bool IsStandby,
    int Timeline,
    ulong Position,
    ulong? Received,
    bool IsDrained,
    bool IsSynchronous
)
{
    /// <summary>Reads the state. The position is read first, so everything else is at least as new.</summary>
    /// <remarks>
    /// A standby's own control file has its timeline as of the last restart point, which may be minutes old. The WAL receiver knows it
    /// exactly, and shows it to roles with the rights of <c>pg_monitor</c>.
    /// A restarted standby says what it has received only once its WAL receiver runs, which is after it has applied its own log. The last
    /// column is the end of that log, if the startup process was found to wait for more.
    /// With <c>synchronous_commit = off</c> a commit is visible before it is flushed, so then everything inserted counts.
    /// </remarks>
    public const string Statement = """
        select pg_postmaster_start_time(), r.standby,
               case when r.standby
                    then coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))
                    else ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int end,
               case when r.standby then pg_last_wal_replay_lsn()
                    when current_setting('synchronous_commit') = 'off' then pg_current_wal_insert_lsn()
                    else pg_current_wal_flush_lsn() end,
               case when r.standby then pg_last_wal_receive_lsn() end,
               r.standby and exists (
                   select from pg_stat_activity
                   where backend_type = 'startup' and wait_event in ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')),
               not r.standby and current_setting('synchronous_standby_names') <> ''
                   and current_setting('synchronous_commit') in ('on', 'remote_apply'),
               case when r.standby then pg_last_wal_replay_lsn() end
        from (select pg_is_in_recovery() as standby) as r
        """;

    /// <summary>
    /// This state, completed by an earlier one of the same server process. A standby that looks for its log in an archive
    /// (<c>restore_command</c>) cannot say what it has received and whether it has applied it, and without its WAL receiver it may report
    /// an older timeline than it has.
    /// </summary>
    /// <param name="earlier">Null if there is none.</param>
    public HostState After(HostState? earlier)
    {
        if (earlier?.StartedAt != StartedAt)
            return this;
        var received = IsStandby && Received is null && earlier.Received is { } known ? Math.Max(known, Position) : Received;
        return this with
        {
            Timeline = Math.Max(Timeline, earlier.Timeline),
            Received = received,
            // Nothing was received and nothing applied since.
            IsDrained = IsDrained || IsStandby && earlier.IsDrained && Position == earlier.Position && received == earlier.Received,
        };
    }
}
