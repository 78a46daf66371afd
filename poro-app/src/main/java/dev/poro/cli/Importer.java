package dev.poro.cli;

import dev.poro.engine.Batch;
import dev.poro.engine.EventTooLargeException;
import dev.poro.engine.Poro;
import dev.poro.engine.SetIf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Reads entries, one a line, and stores them, many at once. An entry is stored as a whole or not at all. What cannot be
 * read or is too long is reported by the number of its line and left out. Used once.
 */
final class Importer {
    private static final int ENTRIES_AT_ONCE = 1_000;
    private static final int BYTES_AT_ONCE = 256 << 10;
    private static final int MAX_PROBLEMS_SHOWN = 100;

    /** More than the longest entry takes, however it is escaped. */
    private static final int MAX_LINE_LENGTH = 128 << 20;

    private final Poro store;
    private final String file;
    private final PrintStream err;
    private final Map<ByteBuffer, ImportedEntry> pending = new LinkedHashMap<>();
    private int pendingBytes;
    private long lines;
    private long imported;
    private long problems;

    /** @param file its name, for messages */
    Importer(Poro store, String file, PrintStream err) {
        this.store = store;
        this.file = file;
        this.err = err;
    }

    /** @param progress told of the bytes read */
    void run(InputStream in, LongConsumer progress) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        long bytes = 0;
        int b = in.read();
        while (b >= 0) {
            bytes++;
            if (b == '\n') {
                take(line);
                progress.accept(bytes);
            } else if (line.size() <= MAX_LINE_LENGTH) {
                line.write(b);
            }
            b = in.read();
        }
        if (line.size() > 0) {
            take(line);
        }
        flush();
    }

    /** Lines read. */
    long lines() {
        return lines;
    }

    /** Entries stored. */
    long imported() {
        return imported;
    }

    /** Lines left out, blank ones apart. */
    long problems() {
        return problems;
    }

    private void take(ByteArrayOutputStream line) {
        lines++;
        try {
            if (line.size() > MAX_LINE_LENGTH) {
                throw new IllegalArgumentException("longer than any entry");
            }
            String text = Utf8.decode(line.toByteArray());
            if (!text.isBlank()) {
                add(ImportedEntry.parse(text));
            }
        } catch (CharacterCodingException e) {
            report("no UTF-8");
        } catch (IllegalArgumentException | EventTooLargeException e) {
            report(e.getMessage());
        } finally {
            line.reset();
        }
    }

    private void report(String problem) {
        problems++;
        if (problems <= MAX_PROBLEMS_SHOWN) {
            err.println("poro: " + file + ", line " + lines + ": " + problem.replaceAll("\\p{Cntrl}", "?"));
        } else if (problems == MAX_PROBLEMS_SHOWN + 1) {
            err.println("poro: " + file + ": further problems are only counted");
        }
    }

    /** Of several entries of one key, the last one counts. */
    private void add(ImportedEntry entry) {
        requireFits(entry);
        int length = entry.key().length + entry.value().length;
        if (length > BYTES_AT_ONCE) {
            flush();
            store.set(entry.key(), entry.value(), entry.expiry(), SetIf.ALWAYS);
            imported++;
            return;
        }
        if (pending.size() == ENTRIES_AT_ONCE || pendingBytes + length > BYTES_AT_ONCE) {
            flush();
        }
        pending.put(ByteBuffer.wrap(entry.key()), entry);
        pendingBytes += length;
        imported++;
    }

    private void requireFits(ImportedEntry entry) {
        if (entry.key().length > Poro.MAX_KEY_LENGTH || entry.value().length > store.maxValueLength()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "a key of %,d bytes and a value of %,d bytes: the store takes %,d and %,d",
                    entry.key().length,
                    entry.value().length,
                    Poro.MAX_KEY_LENGTH,
                    store.maxValueLength()));
        }
    }

    private void flush() {
        Batch batch = store.batch();
        pending.values().forEach(entry -> batch.set(entry.key(), entry.value(), entry.expiry()));
        batch.commit();
        pending.clear();
        pendingBytes = 0;
    }
}
