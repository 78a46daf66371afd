package dev.poro.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;

/**
 * Between objects and the bytes that a store keeps. Used by {@link Poro#asMap}. Thread-safe, and total: what one has
 * encoded, the other decodes to an equal object. Two keys are the same if their bytes are.
 *
 * @param <T> what is encoded; never {@code null}
 */
public interface Codec<T> {
    /** The bytes themselves, copied. */
    Codec<byte[]> BYTES = of(byte[].class, byte[]::clone, byte[]::clone);

    /** Text in UTF-8. Text with an unpaired surrogate is refused. */
    Codec<String> STRING =
            of(String.class, text -> Utf8.encode(text, "text"), bytes -> new String(bytes, StandardCharsets.UTF_8));

    /** A {@code long} in eight bytes, most significant first. Other lengths are refused. */
    Codec<Long> LONG = of(
            Long.class,
            number -> ByteBuffer.allocate(Long.BYTES).putLong(number).array(),
            bytes -> {
                if (bytes.length != Long.BYTES) {
                    throw new IllegalArgumentException(bytes.length + " bytes are no long: 8 are");
                }
                return ByteBuffer.wrap(bytes).getLong();
            });

    /** The bytes of an object; the array is the caller's. */
    byte[] encode(T object);

    /** The object of bytes, which the codec may keep. */
    T decode(byte[] bytes);

    /** The type of what is encoded: an object of another type is no key of a map. */
    Class<T> type();

    /** A codec of two functions. */
    static <T> Codec<T> of(Class<T> type, Function<T, byte[]> encode, Function<byte[], T> decode) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(encode, "encode");
        Objects.requireNonNull(decode, "decode");
        return new Codec<>() {
            @Override
            public byte[] encode(T object) {
                return encode.apply(object);
            }

            @Override
            public T decode(byte[] bytes) {
                return decode.apply(bytes);
            }

            @Override
            public Class<T> type() {
                return type;
            }
        };
    }
}
