package dev.poro.command;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test of commands on a store of its own. */
abstract class StoreTest {
    static final int MAX_VALUE_LENGTH = 1000;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    Poro poro;
    RecordedSession session;

    @BeforeEach
    void openStore() {
        poro = Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(16 << 20)
                .maxValueLength(MAX_VALUE_LENGTH)
                .open();
        session = newSession();
    }

    @AfterEach
    void closeStore() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        poro.close();
    }

    /** A path that nothing is at. */
    Path path(String name) {
        return directory.resolve(name);
    }

    RecordedSession newSession() {
        return new RecordedSession(CommandStore.of(poro));
    }

    /** A session on the contents as they are now. */
    RecordedSession readOnlySession() {
        ReadOnlyStore contents = ReadOnlyStore.open(poro.path(), Progress.NONE);
        opened.add(contents);
        return new RecordedSession(CommandStore.of(contents));
    }

    /** Something that a thread does in a session of its own. */
    interface Visit {
        void run(RecordedSession session, int thread) throws IOException;
    }

    /** Lets several threads, numbered from 0 on, do the same; throws what one of them throws. */
    void runInThreads(int threads, Visit visit) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                running.add(workers.submit(() -> {
                    visit.run(newSession(), thread);
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            workers.shutdownNow();
        }
    }
}
