package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Limits;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Store} does. */
abstract class StoreContract {
    private static final byte[] KEY = bytes("key");

    private Store store;

    abstract Store open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void returnsNullForAnAbsentKey() {
        assertThat(store.get(KEY)).isNull();
    }

    @Test
    void returnsWhatWasSet() {
        store.set(KEY, bytes("value"));

        assertThat(store.get(KEY)).isEqualTo(bytes("value"));
    }

    @Test
    void replacesAValueByAShorterAndALongerOne() {
        store.set(KEY, bytes("value"));
        store.set(KEY, bytes("v"));
        assertThat(store.get(KEY)).isEqualTo(bytes("v"));

        store.set(KEY, new byte[100_000]);

        assertThat(store.get(KEY)).isEqualTo(new byte[100_000]);
        assertThat(store.keys()).isEqualTo(1);
    }

    @Test
    void saysWhetherADeletedKeyWasThere() {
        store.set(KEY, bytes("value"));

        assertThat(store.delete(KEY)).isTrue();
        assertThat(store.delete(KEY)).isFalse();
        assertThat(store.get(KEY)).isNull();
        assertThat(store.keys()).isZero();
    }

    @Test
    void tellsAnEmptyValueFromNone() {
        store.set(KEY, new byte[0]);

        assertThat(store.get(KEY)).isEmpty();
    }

    @Test
    void takesAnEmptyKey() {
        store.set(new byte[0], bytes("value"));

        assertThat(store.get(new byte[0])).isEqualTo(bytes("value"));
        assertThat(store.delete(new byte[0])).isTrue();
    }

    @Test
    void takesTheLongestKey() {
        byte[] longest = new byte[Limits.MAX_KEY_LENGTH];
        byte[] almost = new byte[Limits.MAX_KEY_LENGTH - 1];

        store.set(longest, bytes("longest"));
        store.set(almost, bytes("almost"));

        assertThat(store.get(longest)).isEqualTo(bytes("longest"));
        assertThat(store.get(almost)).isEqualTo(bytes("almost"));
    }

    @Test
    void takesTheLongestValue() {
        byte[] longest = new byte[Limits.DEFAULT_MAX_VALUE_LENGTH];
        Arrays.fill(longest, (byte) 7);

        store.set(KEY, longest);

        assertThat(store.get(KEY)).isEqualTo(longest);
    }

    @Test
    void keepsEveryByteOfKeyAndValue() {
        for (int b = 0; b < 256; b++) {
            store.set(new byte[] {(byte) b}, new byte[] {(byte) b, (byte) ~b});
        }

        for (int b = 0; b < 256; b++) {
            assertThat(store.get(new byte[] {(byte) b})).isEqualTo(new byte[] {(byte) b, (byte) ~b});
        }
        assertThat(store.keys()).isEqualTo(256);
    }

    @Test
    void keepsCopies() {
        byte[] key = bytes("key");
        byte[] value = bytes("value");
        store.set(key, value);
        key[0] = 'K';
        value[0] = 'V';

        store.get(KEY)[0] = 'X';

        assertThat(store.get(KEY)).isEqualTo(bytes("value"));
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
