package dev.poro.process.harness;

import dev.poro.cli.ConfiguredProgram;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.wal.LogSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The ways in which these tests start Poro. */
public enum Program {
    /** What a user starts. */
    REAL,
    /** The same, but with short segments. */
    CALLER,
    /** The same, but with short segments and threads of the handlers' own. */
    DEDICATED;

    public List<String> command(Path log, SyncPolicy sync, int segmentLength) {
        return command(log, sync, segmentLength, LogSettings.DEFAULT_SNAPSHOT_AFTER);
    }

    /** @param snapshotAfter bytes of log that make a snapshot due; few have segments released all the time */
    public List<String> command(Path log, SyncPolicy sync, int segmentLength, long snapshotAfter) {
        return this == REAL
                ? PoroProcess.command(
                        "--wal",
                        log.toString(),
                        "--sync",
                        sync.name().toLowerCase(Locale.ROOT),
                        "--memory",
                        "64m",
                        "--snapshot-after",
                        Long.toString(snapshotAfter))
                : PoroProcess.commandOf(
                        ConfiguredProgram.class, log, sync, Threading.valueOf(name()), segmentLength, snapshotAfter);
    }
}
