package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.engine.tools.ReplicaCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A replica that begins as a copy of another one, which goes on meanwhile.
 *
 * @see SharedFiles
 * @see SharedLog
 * @see SourceStorage
 */
@Timeout(60)
class ReplicaCopyTest {
    @TempDir
    private Path directory;

    private final InMemoryCluster cluster = new InMemoryCluster(64 << 10);
    private InMemoryCluster.Node a;
    private InMemoryCluster.Node b;
    private long sequence;
    private long digest;

    @BeforeEach
    void begin() throws Exception {
        a = cluster.start(directory.resolve("a"), settings -> settings.snapshotAfter(64 << 10));
        b = cluster.start(directory.resolve("b"), settings -> settings);
        a.replica().adoptMemoryBudget();
        write(0, 300);
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private void write(int from, int to) throws InterruptedException {
        for (int i = from; i < to; i++) {
            a.poro().set("k" + i % 100, "v" + i);
        }
        cluster.awaitAll();
    }

    /** Nothing is on its way: the end of the log is that of its last message. */
    private FileSource files(InMemoryCluster.Node node) {
        return node.replica().files(() -> {
            node.replica().force();
            sequence = node.replica().sequence();
            digest = node.replica().digest();
        });
    }

    private void copy(FileSource files) {
        ReplicaCopy.run(files, sequence, digest, directory.resolve("c"), () -> {}, Progress.NONE);
    }

    @Test
    void theCopyGoesOnAsTheOthersDo() throws Exception {
        try (FileSource files = files(a)) {
            write(300, 1_000);
            a.poro().snapshot();
            write(1_000, 1_300);
            a.poro().snapshot();
            copy(files);
        }
        InMemoryCluster.Node c = cluster.start(directory.resolve("c"), settings -> settings);
        cluster.awaitAll();
        assertThat(c.poro().sequence()).isEqualTo(a.poro().sequence());
        assertThat(c.poro().digest()).isEqualTo(a.poro().digest());
        write(1_300, 1_400);
        assertThat(c.poro().digest()).isEqualTo(a.poro().digest());
    }

    /** A client that goes on at another node finds its place there: a backup would have branched off. */
    @Test
    void theCopyKnowsTheChangesOfTheOthersByTheSameNames() throws Exception {
        try (FileSource files = files(a)) {
            copy(files);
        }
        write(300, 301);
        InMemoryCluster.Node c =
                cluster.start(directory.resolve("c"), settings -> settings.changes(Retention.ofSize(1 << 20)));
        cluster.awaitAll();
        write(301, 310);
        long last = c.poro().sequence();
        assertThat(c.poro().changes().branch(last)).isZero();
    }

    /** What comes from a replica until it is lost. */
    private static FileSource lostAfter(FileSource files, int reads) {
        int[] left = {reads};
        return new FileSource() {
            @Override
            public Map<String, Long> files() throws IOException {
                return files.files();
            }

            @Override
            public byte[] read(String name, long offset, int length) throws IOException {
                if (left[0]-- == 0) {
                    throw new IOException("lost");
                }
                return files.read(name, offset, length);
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void aCopyThatWasCutIsNoStoreAndAnotherOneGoesOnFromAnotherReplica() throws Exception {
        try (FileSource files = files(a)) {
            int reads = 0;
            boolean isCut = true;
            while (isCut) {
                FileSource lost = lostAfter(files, reads++);
                try {
                    copy(lost);
                    isCut = false;
                } catch (PoroException e) {
                    assertThat(e).hasMessageContaining("lost").hasMessageContaining("try again");
                    assertThat(directory.resolve("c")).doesNotExist();
                    assertThatExceptionOfType(PoroException.class)
                            .isThrownBy(() -> ReadOnlyStore.open(directory.resolve("c.unfinished"), Progress.NONE))
                            .withMessageContaining("did not finish");
                }
                if (isCut && reads == 3) {
                    try (FileSource ofOther = files(b)) {
                        copy(lostAfter(ofOther, 4));
                    } catch (PoroException e) {
                        assertThat(e).hasMessageContaining("lost");
                    }
                }
            }
            assertThat(reads).isGreaterThan(3);
        }
        try (ReadOnlyStore copied = ReadOnlyStore.open(directory.resolve("c"), Progress.NONE)) {
            assertThat(copied.digest()).isEqualTo(a.poro().digest());
        }
    }

    @Test
    void aCopyWithOtherContentsThanTheReplicaSaysIsRefused() throws Exception {
        try (FileSource files = files(a)) {
            digest++;
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> copy(files))
                    .withMessageContaining("digest");
            assertThat(directory.resolve("c")).doesNotExist();
        }
    }

    @Test
    void onlyFilesOfTheLogAreGiven() throws Exception {
        try (FileSource files = files(a)) {
            assertThat(files.files().keySet())
                    .allMatch(name -> name.matches("STORE|\\d+\\.wal|\\d+\\.snapshot"))
                    .contains("0000000001.wal");
            assertThatIOException().isThrownBy(() -> files.read("LOCK", 0, 1));
            assertThatIOException().isThrownBy(() -> files.read("../a/STORE", 0, 1));
        }
    }
}
