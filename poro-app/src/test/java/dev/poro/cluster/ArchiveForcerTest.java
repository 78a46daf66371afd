package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("R17")
class ArchiveForcerTest {
    @TempDir
    private Path archive;

    private final List<String> forced = new ArrayList<>();
    private ArchiveForcer forcer;

    @BeforeEach
    void make() throws IOException {
        forcer = new ArchiveForcer(archive, path -> {
            ArchiveForcer.forceFile(path);
            forced.add(archive.relativize(path).toString());
        });
        Files.createFile(archive.resolve("archive.catalog"));
        write("0-0.rec", 100);
    }

    private void write(String name, int secondsAgo) throws IOException {
        Path file = archive.resolve(name);
        Files.write(file, new byte[100]);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(secondsAgo)));
    }

    private List<String> run() {
        forced.clear();
        forcer.run();
        return forced;
    }

    @Test
    void forcesWhatHasChanged() throws IOException {
        assertThat(run()).containsExactlyInAnyOrder("archive.catalog", "0-0.rec", "");
        assertThat(run()).containsExactly("archive.catalog");
        write("0-0.rec", 50);
        assertThat(run()).containsExactly("archive.catalog", "0-0.rec");
        write("0-64.rec", 20);
        assertThat(run()).containsExactlyInAnyOrder("archive.catalog", "0-64.rec", "");
        Files.delete(archive.resolve("0-0.rec"));
        assertThat(run()).containsExactly("archive.catalog", "");
    }

    /** The next write may leave it with the same time. */
    @Test
    void forcesAgainWhatHasJustBeenWritten() throws IOException {
        run();
        write("0-0.rec", -10);
        assertThat(run()).contains("0-0.rec");
        assertThat(run()).contains("0-0.rec");
    }

    @Test
    void aForceThatFailsIsToldWithThePlace() {
        ArchiveForcer failing = new ArchiveForcer(archive, path -> {
            throw new IOException("no such device");
        });
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(failing::run)
                .withMessageContaining(archive.toString())
                .withMessageContaining("no such device");
    }
}
