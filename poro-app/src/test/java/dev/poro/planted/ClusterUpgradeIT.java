package dev.poro.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.CountingClients;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes of two builds of the program in one cluster. The other build is a copy of this one that tells another version,
 * or that of {@code -Dporo.test.other.jar=FILE}.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ClusterUpgradeIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final String LONG = "takes half a minute";
    private static final String VERSION = "SemanticVersion.compose(1, 0, 0)";

    @TempDir
    private Path directory;

    private Path jar() {
        return Path.of(System.getProperty("poro.jar"));
    }

    private Path build(int major, int minor) throws Exception {
        PlantedBug otherVersion = new PlantedBug(
                "another-version",
                List.of("R3"),
                "",
                "dev.poro.cluster.AeronProcess",
                VERSION,
                "SemanticVersion.compose(" + major + ", " + minor + ", 0)");
        Path classes = PlantedClasses.compile(List.of(otherVersion), directory.resolve("classes"));
        return PlantedClasses.repack(jar(), classes, directory.resolve("other.jar"));
    }

    /** The leader last: each change of leaders is a second without answers. */
    @Test
    void oneNodeAfterTheOtherIsReplacedByAnotherBuildUnderLoad() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        String given = System.getProperty("poro.test.other.jar");
        Path other = given == null ? build(1, 7) : Path.of(given);
        ClusterProcesses cluster = ClusterProcesses.of(directory, NODES);
        for (int node = 0; node < NODES; node++) {
            cluster.jar(node, other);
        }
        try (cluster;
                CountingClients clients = CountingClients.start(cluster.start(), CLIENTS)) {
            replaceAll(cluster, clients, jar());
            // And back.
            replaceAll(cluster, clients, other);
            clients.end();
            clients.assertCounts();
        }
    }

    private static void replaceAll(ClusterProcesses cluster, CountingClients clients, Path by) throws Exception {
        int leader = cluster.awaitLeader();
        for (int i = 1; i <= NODES; i++) {
            int node = (leader + i) % NODES;
            clients.awaitMore(200);
            cluster.terminate(node);
            clients.awaitMore(50);
            cluster.jar(node, by);
            cluster.startAll();
        }
        clients.awaitMore(200);
    }

    @Test
    void aNodeOfAnIncompatibleBuildEndsAndTheOthersGoOn() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        Path other = build(2, 0);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(200);
            int node = (cluster.awaitLeader() + 1) % NODES;
            cluster.terminate(node);
            cluster.jar(node, other);
            cluster.begin(node);
            PoroProcess.Result end = cluster.awaitEnd(node);
            assertThat(end.exitStatus).as(end.errors).isEqualTo(PoroProcess.STORE_FAILED);
            assertThat(end.errors).contains("version");
            clients.awaitMore(200);
            cluster.jar(node, jar());
            cluster.startAll();
            clients.awaitMore(200);
            clients.end();
            clients.assertCounts();
        }
    }
}
