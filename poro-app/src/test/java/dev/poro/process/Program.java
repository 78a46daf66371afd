package dev.poro.process;

import dev.poro.cli.ConfiguredProgram;
import dev.poro.engine.Threading;
import dev.poro.wal.SyncPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The ways in which these tests start Poro. */
enum Program {
    /** What a user starts. */
    REAL,
    /** The same, but with short segments. */
    CALLER,
    /** The same, but with short segments and threads of the handlers' own. */
    DEDICATED;

    List<String> command(Path log, SyncPolicy sync, int segmentLength) {
        return this == REAL
                ? PoroProcess.command(
                        "--wal", log.toString(), "--sync", sync.name().toLowerCase(Locale.ROOT), "--memory", "64m")
                : PoroProcess.commandOf(ConfiguredProgram.class, log, sync, Threading.valueOf(name()), segmentLength);
    }
}
