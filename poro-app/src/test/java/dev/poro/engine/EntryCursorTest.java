package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntryCursorTest {
    private static final int LONG = 5_000;

    private Poro poro;

    @BeforeEach
    void open(@TempDir Path directory) {
        poro = Poro.open(directory.resolve("log"));
    }

    @AfterEach
    void close() {
        poro.close();
    }

    @Test
    void visitsValuesOfEveryLengthWithTheirVersionAndExpiry() {
        Map<String, Entry> expected = new HashMap<>();
        for (int length : new int[] {0, 1, 16, 1_023, 1_024, 1_025, LONG, 100_000}) {
            poro.set(bytes("none" + length), new byte[length]);
            poro.set(bytes("some" + length), new byte[length], Duration.ofHours(length + 1));
        }
        for (int length : new int[] {0, 1, 16, 1_023, 1_024, 1_025, LONG, 100_000}) {
            expected.put("none" + length, poro.entry("none" + length));
            expected.put("some" + length, poro.entry("some" + length));
        }
        try (EntryCursor cursor = poro.scan().open()) {
            while (cursor.next()) {
                Entry found = cursor.entry();
                Entry entry = expected.remove(new String(cursor.key(), UTF_8));
                assertThat(found.value()).isEqualTo(entry.value());
                assertThat(found.sequence()).isEqualTo(entry.sequence());
                assertThat(found.expiry()).isEqualTo(entry.expiry());
            }
        }
        assertThat(expected).isEmpty();
    }

    @Test
    void visitsOnlyKeysWithThePrefix() {
        poro.set("ab", "1");
        poro.set("abc", "2");
        poro.set("a", "3");
        poro.set("b", "4");
        Map<String, String> found = new HashMap<>();
        try (EntryCursor cursor = poro.scan().prefix("ab").open()) {
            while (cursor.next()) {
                found.put(
                        new String(cursor.key(), UTF_8),
                        new String(cursor.entry().value(), UTF_8));
            }
        }
        assertThat(found).isEqualTo(Map.of("ab", "1", "abc", "2"));
    }

    /** An entry with a long value is read when it is visited, so what was deleted before that is not visited. */
    @Test
    void passesALongEntryThatHasGone() {
        for (int i = 0; i < 10; i++) {
            poro.set(bytes("key" + i), new byte[LONG]);
        }
        try (EntryCursor cursor = poro.scan().open()) {
            assertThat(cursor.next()).isTrue();
            poro.clear();
            assertThat(cursor.key()).hasSize(4);
            assertThat(cursor.entry().value()).hasSize(LONG);
            assertThat(cursor.next()).isFalse();
        }
    }

    @Test
    void isAtNoEntryBeforeTheFirstAndAfterTheLast() {
        poro.set("a", "1");
        EntryCursor cursor = poro.scan().open();
        assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isFalse();
        assertThat(cursor.next()).isFalse();
        assertThatThrownBy(cursor::entry).isInstanceOf(IllegalStateException.class);
        cursor.close();
        assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void failsOnceTheStoreIsClosed() {
        EntryCursor cursor = poro.scan().open();
        poro.close();
        assertThatThrownBy(cursor::next).isInstanceOf(StoreClosedException.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
