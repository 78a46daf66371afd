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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** A test of commands, on a store that is empty before each. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class StoreTest {
    static final int MAX_VALUE_LENGTH = 1000;

    private final List<ReadOnlyStore> opened = new ArrayList<>();

    Poro poro;
    RecordedSession session;

    @BeforeAll
    void openStore(@TempDir Path directory) {
        poro = Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(16 << 20)
                .maxValueLength(MAX_VALUE_LENGTH)
                .open();
    }

    @BeforeEach
    void clearStore() {
        poro.clear();
        session = newSession();
    }

    @AfterAll
    void closeStore() {
        opened.forEach(ReadOnlyStore::close);
        poro.close();
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
