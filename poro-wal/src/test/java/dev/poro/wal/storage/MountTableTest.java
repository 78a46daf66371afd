package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On which file systems a log is mapped: a wrong answer is a store without a block, and the end of the JVM. */
@Tag("R14")
class MountTableTest {
    private static final String ROOT = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw";
    private static final String DATA = "30 21 8:17 / /data rw shared:2 master:1 - xfs /dev/sdb1 rw";
    private static final String OVER_DATA = "31 30 0:45 / /data rw - overlay overlay rw,lowerdir=/a - b";
    private static final String BLANK = "32 21 0:46 / /with\\040blank rw - TMPFS tmpfs rw";

    @Test
    void theMountThatAPathLiesBelowTells() {
        assertThat(MountTable.typeAt(List.of(ROOT, DATA), "/home/log", device(8, 1)))
                .isEqualTo("ext4");
        assertThat(MountTable.typeAt(List.of(ROOT, DATA), "/data/log", device(8, 17)))
                .isEqualTo("xfs");
        assertThat(MountTable.typeAt(List.of(ROOT, DATA), "/data", device(8, 17)))
                .isEqualTo("xfs");
        assertThat(MountTable.typeAt(List.of(ROOT, BLANK), "/with blank/log", device(0, 46)))
                .isEqualTo("tmpfs");
    }

    @Test
    void theLastMountAtAPlaceCounts() {
        List<String> covered = List.of(ROOT, DATA, OVER_DATA);
        assertThat(MountTable.typeAt(covered, "/data/log", device(0, 45))).isEqualTo("overlay");
        List<String> samePlaceAndDevice = List.of(ROOT, DATA, DATA.replace(" xfs ", " btrfs "));
        assertThat(MountTable.typeAt(samePlaceAndDevice, "/data/log", device(8, 17)))
                .isEqualTo("btrfs");
    }

    @Test
    void whereNoMountIsThatOfThePathNobodyCanTell() {
        assertThat(MountTable.typeAt(List.of(), "/log", device(8, 1))).isEmpty();
        assertThat(MountTable.typeAt(List.of(DATA), "/database", device(8, 17))).isEmpty();
        assertThat(MountTable.typeAt(List.of(ROOT), "/log", device(0, 99))).isEmpty();
        assertThat(MountTable.typeAt(List.of("", "1 2 8:1", "nonsense - - -"), "/log", device(8, 1)))
                .isEmpty();
    }

    @Test
    void devicesOfLargeNumbersAreRecognised() {
        String large = "30 21 5000:300000 / /data rw - xfs /dev/sdb1 rw";
        assertThat(MountTable.typeAt(List.of(large), "/data/log", device(5_000, 300_000)))
                .isEqualTo("xfs");
    }

    @Test
    void whatIsNotThereIsNoError() {
        assertThat(MountTable.typeAt(Path.of("/no/such/directory"))).isEmpty();
        assertThat(new FileSystemStorage(Path.of("/no/such/directory")).mapsSafely())
                .isFalse();
    }

    @Test
    void thisMachineTells() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")));
        assertThat(MountTable.typeAt(Path.of("/proc/self"))).isEqualTo("proc");
    }

    /** As stat encodes it. */
    private static long device(long major, long minor) {
        return ((major & 0xFFF) << 8) | ((major & ~0xFFFL) << 32) | (minor & 0xFF) | ((minor & ~0xFFL) << 12);
    }
}
