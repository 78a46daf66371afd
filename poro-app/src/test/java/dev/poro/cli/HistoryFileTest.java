package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
    @TempDir
    private Path directory;

    @Test
    @Tag("R38")
    void keepsTheLinesThatCanBeReadOfAFileWithABadByte() throws IOException {
        Path file = directory.resolve("history");
        Files.write(file, "1:GET a\n2:GET \u00ff\nno time\n\n:x\n".getBytes(StandardCharsets.ISO_8859_1));
        Files.writeString(file, "3:GET \u2028\n4:SET k", StandardOpenOption.APPEND);

        HistoryFile.mend(file);

        assertThat(Files.readAllLines(file)).containsExactly("1:GET a", "2:GET \uFFFD", "3:GET \u2028", "4:SET k");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(directory.toFile().list()).containsExactly("history");
    }

    @Test
    @Tag("R36")
    void leavesAFileAloneThatCanBeRead() throws IOException {
        Path file = directory.resolve("history");
        Files.writeString(file, "1:GET ключ\n2:SET k \"v\\n\"\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));

        HistoryFile.mend(file);

        assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_000);
    }
}
