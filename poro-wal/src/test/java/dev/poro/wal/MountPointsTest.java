package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.wal.storage.MountPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory that something is mounted on is refused before anything is copied. */
@Tag("R35")
class MountPointsTest {
    private static final List<String> TABLE = List.of(
            "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
            "30 22 0:26 / /mnt/two\\040words rw - tmpfs tmpfs rw",
            "31 22 0:27 / /mnt/back\\134slash rw - tmpfs tmpfs rw",
            "32 22 8:1 /bound /mnt/bind rw - ext4 /dev/sda1 rw",
            "");

    @TempDir
    private Path directory;

    @Test
    void areFoundInTheTableOfTheKernel() {
        assertThat(MountPoints.contain(Path.of("/"), TABLE)).isTrue();
        assertThat(MountPoints.contain(Path.of("/mnt/bind"), TABLE)).isTrue();
        assertThat(MountPoints.contain(Path.of("/mnt/two words"), TABLE)).isTrue();
        assertThat(MountPoints.contain(Path.of("/mnt/back\\slash"), TABLE)).isTrue();
        assertThat(MountPoints.contain(Path.of("/mnt"), TABLE)).isFalse();
        assertThat(MountPoints.contain(Path.of("/mnt/bind/below"), TABLE)).isFalse();
    }

    @Test
    void aNewDirectoryIsNone() throws IOException {
        assertThat(MountPoints.contain(directory.toRealPath())).isFalse();
    }

    @Test
    void oneThatIsEmptyIsRefusedAsATarget() throws IOException {
        Path mounted = Stream.of("/dev/shm", "/dev/mqueue", "/run/lock", "/mnt", "/sys/fs/pstore")
                .map(Path::of)
                .filter(MountPointsTest::isEmptyMountPoint)
                .findFirst()
                .orElse(null);
        assumeTrue(mounted != null, "no empty mount point on this machine");
        TestLog.open(directory, TestLog.settings(SyncPolicy.OS)).close();

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> UnfinishedDirectory.ofBackup(directory, mounted))
                .withMessageContaining(mounted.toString())
                .withMessageContaining("mount point");

        assertThat(Path.of(mounted + ".unfinished")).doesNotExist();
    }

    private static boolean isEmptyMountPoint(Path path) {
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty() && MountPoints.contain(path.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
