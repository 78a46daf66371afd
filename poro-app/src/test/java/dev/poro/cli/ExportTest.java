package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code poro keys}, {@code poro export} and what {@code poro import} does. */
class ExportTest {
    private static final byte[] BINARY_KEY = {0, (byte) 0xFF, '\n'};
    private static final Instant EXPIRY = Instant.ofEpochMilli(4_000_000_000_123L);

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    private Poro open(String name) {
        return Poro.at(directory.resolve(name))
                .memory(16 << 20)
                .sync(SyncPolicy.OS)
                .open();
    }

    private void fill(Poro poro) {
        poro.set("user:1", "one \"quoted\"\n");
        poro.set("user:2", "");
        poro.set("", "of the empty key");
        poro.set(BINARY_KEY, new byte[] {(byte) 0x80});
        poro.set("session".getBytes(StandardCharsets.UTF_8), "s".getBytes(StandardCharsets.UTF_8), EXPIRY);
        poro.set("long", "l".repeat(1 << 20));
        for (int i = 0; i < 2_500; i++) {
            poro.set("many:" + i, "v" + i);
        }
    }

    private ToolRun run(String... arguments) {
        return ToolRun.of(FileSystems.getDefault(), arguments);
    }

    private Importer importInto(Poro poro, String lines) throws IOException {
        Importer importer = new Importer(poro, "file", new PrintStream(errors, true, StandardCharsets.UTF_8));
        importer.run(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), read -> {});
        return importer;
    }

    @Test
    void whatIsExportedIsImportedToTheLastBitBesideAWriterOrNot() throws IOException {
        String log = directory.resolve("poro.wal").toString();
        long digest;
        ToolRun beside;
        try (Poro poro = open("poro.wal")) {
            fill(poro);
            digest = poro.digest();
            beside = run("export", log);
            poro.set("later", "not seen");
            poro.delete("later");
        }
        Map<String, ByteBuffer> before = contents();
        ToolRun closed = run("export", log);
        assertThat(contents().equals(before)).as("nothing was written").isTrue();

        assertThat(beside.status()).isZero();
        assertThat(closed.out().lines().sorted())
                .isEqualTo(beside.out().lines().sorted().toList());
        assertThat(closed.out().lines())
                .hasSize(2_506)
                .contains(
                        "{\"key\":\"user:1\",\"value\":\"one \\\"quoted\\\"\\u000a\"}",
                        "{\"keyBase64\":\"AP8K\",\"valueBase64\":\"gA==\"}",
                        "{\"key\":\"session\",\"value\":\"s\",\"expiresAt\":4000000000123}");
        try (Poro poro = open("new.wal")) {
            Importer importer = importInto(poro, closed.out());
            assertThat(importer.problems()).isZero();
            assertThat(importer.imported()).isEqualTo(2_506);
            assertThat(poro.digest()).isEqualTo(digest);
            assertThat(poro.sequence()).as("in batches").isLessThan(30);
        }
    }

    @Test
    void whatHasExpiredIsLeftOut() throws InterruptedException {
        String log = directory.resolve("poro.wal").toString();
        try (Poro poro = open("poro.wal")) {
            poro.set("stays", "v");
            poro.set("goes", "v", Duration.ofMillis(1));
        }
        long begin = System.currentTimeMillis();
        while (System.currentTimeMillis() <= begin + 1) {
            Thread.onSpinWait();
        }

        assertThat(run("keys", log).out()).isEqualTo("\"stays\"\n");
        assertThat(run("export", log).out()).isEqualTo("{\"key\":\"stays\",\"value\":\"v\"}\n");
    }

    @Test
    void keysAreListedByPrefix() {
        String log = directory.resolve("poro.wal").toString();
        try (Poro poro = open("poro.wal")) {
            fill(poro);

            assertThat(run("keys", log, "--prefix", "user:").out().lines())
                    .containsExactlyInAnyOrder("\"user:1\"", "\"user:2\"");
            assertThat(run("keys", log, "--prefix", "none").out()).isEmpty();
            assertThat(run("keys", log).out().lines()).hasSize(2_506).contains("\"\"", "\"\\x00\\xff\\n\"");
            assertThat(run("keys", "--json", log).out().lines()).contains("{\"keyBase64\":\"AP8K\"}");
        }
    }

    @Test
    void whatIsNoEntryIsReportedByItsLineAndTheRestImported() throws IOException {
        try (Poro poro = open("new.wal")) {
            Importer importer = importInto(
                    poro,
                    String.join(
                            "\n",
                            "{\"key\":\"a\",\"value\":\"1\"}",
                            "",
                            "nonsense",
                            "{\"key\":\"b\"}",
                            "{\"key\":\"c\",\"value\":\"1\",\"keyBase64\":\"AA==\"}",
                            "{\"key\":\"d\",\"value\":\"1\",\"ttl\":5}",
                            "{\"key\":\"e\",\"valueBase64\":\"?\"}",
                            "{\"key\":\"f\",\"value\":\"1\",\"expiresAt\":-1}",
                            "{\"key\":\"g\",\"value\":7}",
                            "{\"key\":\"h\",\"value\":\"\\ud800\"}",
                            "{\"key\":\"i\",\"value\":\"" + "x".repeat((1 << 20) + 1) + "\"}",
                            "{\"key\":\"a\",\"value\":\"2\"}"));

            assertThat(importer.lines()).isEqualTo(12);
            assertThat(importer.imported()).isEqualTo(2);
            assertThat(importer.problems()).isEqualTo(9);
            assertThat(errors.toString(StandardCharsets.UTF_8).lines())
                    .hasSize(9)
                    .allMatch(line -> line.matches("poro: file, line (3|4|5|6|7|8|9|10|11): .+"));
            assertThat(poro.keys()).isEqualTo(1);
            assertThat(poro.get("a")).isEqualTo("2");
        }
    }

    private Map<String, ByteBuffer> contents() throws IOException {
        Map<String, ByteBuffer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(file.toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return contents;
    }
}
