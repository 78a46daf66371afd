package dev.poro.perf;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What an entry costs beyond its key and value, as the operating system sees it: the growth of the process's anonymous
 * resident memory while entries are added, divided by their number. The log's mapping is file memory and not counted.
 *
 * <p>Arguments: entries, key length, value length; by default 1,000,000, 16, 16.
 */
public final class MemoryOverhead {
    private MemoryOverhead() {}

    public static void main(String[] args) throws IOException {
        int entries = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int keyLength = args.length > 1 ? Integer.parseInt(args[1]) : 16;
        int valueLength = args.length > 2 ? Integer.parseInt(args[2]) : 16;
        try (TemporaryLog log = new TemporaryLog();
                Poro poro = Poro.at(log.path())
                        .sync(SyncPolicy.OS)
                        .memory(8L << 30)
                        .snapshotAfter(Long.MAX_VALUE)
                        .open()) {
            Keys keys = new Keys(Integer.MAX_VALUE, keyLength);
            byte[] value = new byte[valueLength];
            for (int i = 0; i < 100_000; i++) {
                poro.set(keys.key(i), value);
            }
            System.gc();
            long before = anonymousResidentBytes();
            for (int i = 100_000; i < 100_000 + entries; i++) {
                poro.set(keys.key(i), value);
            }
            System.gc();
            long grown = anonymousResidentBytes() - before;
            if (poro.keys() != entries + 100_000L) {
                throw new IllegalStateException("expected " + (entries + 100_000) + " keys, found " + poro.keys());
            }
            System.out.printf(
                    Locale.ROOT,
                    "%,d entries of %d/%d B: %.1f B an entry, %.1f B of them overhead; counted against the budget:"
                            + " %.1f B an entry%n",
                    entries,
                    keyLength,
                    valueLength,
                    (double) grown / entries,
                    (double) grown / entries - keyLength - valueLength,
                    (double) poro.memory().used() / poro.keys());
        }
    }

    private static long anonymousResidentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("/proc/self/status has no RssAnon");
    }
}
