package dev.poro.engine;

import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** {@link StoreContract} over every implementation. */
class StoreContractTest {
    @Nested
    class OfTheNaiveStore extends StoreContract {
        @Override
        Store open() {
            return new NaiveStore();
        }
    }

    @Nested
    class OfPoroRunByItsCallers extends StoreContract {
        @TempDir
        Path directory;

        @Override
        Store open() {
            return openPoro(directory, Threading.CALLER, SyncPolicy.OS);
        }
    }

    @Nested
    class OfPoroRunByItsOwnThreads extends StoreContract {
        @TempDir
        Path directory;

        @Override
        Store open() {
            return openPoro(directory, Threading.DEDICATED, SyncPolicy.EVERYSEC);
        }
    }

    @Nested
    class OfPoroThatForcesAlways extends StoreContract {
        @TempDir
        Path directory;

        @Override
        Store open() {
            return openPoro(directory, Threading.CALLER, SyncPolicy.ALWAYS);
        }
    }

    private static Store openPoro(Path directory, Threading threading, SyncPolicy sync) {
        return new PoroStore(Poro.at(directory.resolve("poro.wal"))
                .threading(threading)
                .sync(sync)
                .memory(64 << 20)
                .segmentLength(8 << 20)
                .open());
    }
}
