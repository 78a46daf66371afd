package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is only looked at stays as it is.
 *
 * @see ExpiryReport
 */
class ReadOnlyStoreTest {
    @TempDir
    private Path directory;

    private Path log;

    @BeforeEach
    void writeLog() {
        log = directory.resolve("poro.wal");
        try (Poro poro = Poro.at(log).memory(8 << 20).segmentLength(1 << 20).open()) {
            poro.set("a", "1");
            poro.snapshot();
            poro.set("b", "2");
        }
    }

    @Test
    @Tag("R36")
    void readsEverythingAndChangesNothing() throws IOException {
        Files.write(log.resolve("0000000002.wal.tmp"), new byte[100]);
        tearTail();
        Map<String, String> before = contents();

        try (ReadOnlyStore store = ReadOnlyStore.open(log, Progress.NONE)) {
            assertThat(valueOf(store, "a")).isEqualTo("1");
            assertThat(valueOf(store, "b")).isEqualTo("2");
            assertThat(store.get(new byte[] {'c'})).isNull();
            assertThatThrownBy(() -> store.get(null)).hasMessage("key");
            assertThat(store.keys()).isEqualTo(2);
            assertThat(store.memory().budget()).isEqualTo(8 << 20);
            assertThat(store.opening().tail()).isNotNull();
        }
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    @Tag("R36")
    void readsBesideAnOpenStoreWhatWasThereThen() {
        try (Poro poro = Poro.at(log).memory(8 << 20).open()) {
            poro.set("b", "3");
            try (ReadOnlyStore store = ReadOnlyStore.open(log, Progress.NONE)) {
                poro.set("b", "4");

                assertThat(valueOf(store, "b")).isEqualTo("3");
            }
        }
    }

    @Test
    void whatHasExpiredIsAbsentAndTheRestSaysWhenItExpires() {
        Instant later = Instant.ofEpochMilli(4_000_000_000_123L);
        try (Poro poro = Poro.at(log).memory(8 << 20).open()) {
            poro.set(new byte[] {'l'}, new byte[0], later);
            poro.set("gone", "soon", Duration.ofMillis(1));
            while (poro.contains("gone")) {
                Thread.onSpinWait();
            }
            // Nothing in the log says that it is gone, perhaps, but the clock does.
            try (ReadOnlyStore store = ReadOnlyStore.open(log, Progress.NONE)) {
                assertThat(store.get(StoreContract.bytes("gone"))).isNull();
                assertThat(store.entry(StoreContract.bytes("gone"))).isNull();
                assertThat(store.entry(new byte[] {'l'}).expiry()).contains(later);
                assertThat(store.entry(new byte[] {'b'}).expiry()).isEmpty();
                assertThat(store.entry(new byte[] {'b'}).sequence()).isEqualTo(3);
                assertThat(store.expiry().keys()).isBetween(1L, 2L);
                List<String> keys = new ArrayList<>();
                try (EntryCursor cursor = store.scan().open()) {
                    while (cursor.next()) {
                        keys.add(new String(cursor.key(), StandardCharsets.UTF_8));
                    }
                }
                assertThat(keys).containsExactlyInAnyOrder("a", "b", "l");
            }
        }
    }

    @Test
    @Tag("R36")
    void refusesADamagedLogAndLeavesItAlone() throws IOException {
        try (FileChannel file = FileChannel.open(log.resolve("0000000001.wal"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {0x55}), 200);
        }
        Files.delete(snapshot());
        Map<String, String> before = contents();

        assertThatThrownBy(() -> ReadOnlyStore.open(log, Progress.NONE)).isInstanceOf(StoreDamagedException.class);

        assertThat(contents()).isEqualTo(before);
    }

    @Test
    @Tag("R36")
    void makesNoStore() {
        assertThatThrownBy(() -> ReadOnlyStore.open(directory.resolve("none.wal"), Progress.NONE))
                .isInstanceOf(PoroException.class)
                .hasMessageContaining("none.wal");
        assertThat(directory.toFile().list()).containsExactly("poro.wal");
    }

    @Test
    void refusesToReadOnceItIsClosed() {
        ReadOnlyStore store = ReadOnlyStore.open(log, Progress.NONE);
        store.close();
        store.close();

        assertThatThrownBy(() -> store.get(new byte[] {'a'})).isInstanceOf(StoreClosedException.class);
    }

    private static String valueOf(ReadOnlyStore store, String key) {
        return new String(store.get(key.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    private Path snapshot() throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return files.filter(file -> file.toString().endsWith(".snapshot"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void tearTail() throws IOException {
        try (FileChannel file = FileChannel.open(log.resolve("0000000001.wal"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 100_000);
        }
    }

    /** Of each file: when it was changed, and its bytes. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.toList()) {
                contents.put(
                        file.getFileName().toString(),
                        Files.getLastModifiedTime(file) + " "
                                + ByteBuffer.wrap(Files.readAllBytes(file)).hashCode());
            }
        }
        return contents;
    }
}
