package dev.poro.cli;

import dev.poro.cluster.ClusterMember;
import dev.poro.cluster.ClusterMembers;
import dev.poro.cluster.ClusterNode;
import dev.poro.cluster.ClusterNodeBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.SyncPolicy;
import dev.poro.server.PoroServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code poro cluster}: a node of a cluster, which serves clients; or three nodes on this machine, for a try. */
@Command(
        name = "cluster",
        subcommands = ClusterJoinCommand.class,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nRuns one node of a cluster: a change is acknowledged once a majority of the nodes has it, and the"
                    + " cluster goes on without the others. Clients of Redis may use any node. Every node keeps all"
                    + " data.%n",
            "The nodes trust each other, and everybody who reaches their UDP ports: these belong into a network of"
                    + " their own.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "1:The store could not be opened, or an address could not be used.",
            "2:The options are wrong.",
            "4:The node must not go on: its disk is full or failed, or its store is not that of the cluster.",
            "143:Ended by SIGTERM, with everything closed (130: by Ctrl-C)."
        },
        footer = {
            "%nExamples:",
            "  poro cluster --try",
            "  poro cluster join --wal data/poro.wal --from 10.0.0.2:6379 --password-file password.txt",
            "  poro cluster --begin --node 0 --members 0=10.0.0.1:9000,1=10.0.0.2:9000,2=10.0.0.3:9000"
                    + " --wal data/poro.wal --bind 10.0.0.1 --requirepass-file password.txt"
        })
final class ClusterCommand implements Callable<Integer> {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    @Option(names = "--node", paramLabel = "NUMBER", description = "Which of the members this node is.")
    private Integer number;

    @Option(
            names = "--members",
            paramLabel = "MEMBERS",
            description =
                    "All nodes, the same list on each: NUMBER=HOST:PORT, with commas between. Of UDP ports, a node"
                            + " uses " + ClusterMember.PORTS + " from PORT on.")
    private String members;

    @Option(
            names = "--cluster-dir",
            paramLabel = "DIRECTORY",
            description = "Where the cluster's log is kept. Default: the path of the store, with .cluster after it.")
    private Path directory;

    @Option(
            names = "--announce",
            paramLabel = "HOST:PORT",
            converter = ConnectCommand.EndpointConverter.class,
            description = "Where clients reach this node, for INFO on the others. Default: its host among the members,"
                    + " and --port.")
    private Endpoint announced;

    @Option(names = "--begin", description = "Begin a new cluster: at the first start of every node, and never again.")
    private boolean begins;

    @Option(
            names = "--commit-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long a change or a read waits for the cluster before it fails: 3s. Default: 10s.")
    private Duration commitTimeout = Duration.ofSeconds(10);

    @Option(
            names = "--catch-up-log",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "How much of the cluster's log is kept for a node that is away or slow: with a suffix k, m, g,"
                            + " t. One that has missed more must join. Default: 1g.")
    private Long catchUpLog;

    @Option(
            names = "--adopt",
            description =
                    "Take a store that has data and belongs to no cluster into this one. Once, on every node, each"
                            + " with the same backup.")
    private boolean adopts;

    @Option(
            names = "--try",
            description =
                    "Start three nodes on this machine, and a prompt on one of them. QUIT ends them. Without --wal,"
                            + " nothing is kept.")
    private boolean isTrial;

    @Option(names = "--until-eof", hidden = true, description = "End when standard input ends.")
    private boolean endsWithInput;

    @Mixin
    private final StoreOptions storeOptions = new StoreOptions();

    @Mixin
    private final ServerOptions serverOptions = new ServerOptions();

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        program.requireNothingButPath(spec.commandLine());
        if (isTrial) {
            if (number != null || members != null || directory != null || announced != null || begins || adopts) {
                throw wrong("--try takes no nodes: it starts three of its own");
            }
            return ClusterTrial.run(program.wal(), storeOptions.sync());
        }
        if (number == null || members == null) {
            throw wrong("a node needs --node and --members; for a try on this machine: poro cluster --try");
        }
        requireOpenModule();
        ClusterNodeBuilder settings = settings();
        byte[] password = serverOptions.begin();
        Path wal = program.pathOfLog();
        NodeProcess process = new NodeProcess();
        ClusterNode node = storeOptions.open(
                wal,
                store -> settings.directory(directory == null ? directoryOf(wal) : directory)
                        .onFailure(process::fail)
                        .start(adopts ? store.adoptIntoCluster() : store),
                ClusterNode::store);
        process.add(node);
        if (endsWithInput) {
            process.endWithInput();
        }
        awaitCluster(node);
        PoroServer server = serverOptions.start(PoroServer.on(node.store()).cluster(new ServedNode(node)), password);
        process.add(server);
        System.out.println("Listening on " + server);
        System.out.flush();
        process.await();
        return ExitStatus.OK;
    }

    /** Refuses the options of a node: a join makes its files, and ends. */
    Path pathOfStoreToJoin() {
        program.requireNothingButPath(spec.commandLine());
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!option.names()[0].equals("--wal")) {
                throw wrong("'" + option.names()[0] + "' before 'join' has no meaning: start the node afterwards");
            }
        }
        return program.pathOfLog();
    }

    static Path directoryOf(Path wal) {
        Path absolute = wal.toAbsolutePath().normalize();
        return absolute.resolveSibling(absolute.getFileName() + ".cluster");
    }

    private ClusterNodeBuilder settings() {
        try {
            ClusterMembers all = ClusterMembers.parse(members);
            ClusterNodeBuilder settings = ClusterNode.of(all, number);
            if (announced != null) {
                settings.clients(announced.host(), announced.port());
            } else {
                settings.clients(all.get(number).host(), serverOptions.port());
            }
            settings.commitTimeout(commitTimeout);
            if (catchUpLog != null) {
                settings.catchUpLog(catchUpLog);
            }
            if (begins) {
                settings.begin();
            }
            return storeOptions.sync() == SyncPolicy.ALWAYS ? settings.forceLog() : settings;
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    /** The launcher, and the manifest of the jar, say what Aeron needs. */
    private static void requireOpenModule() {
        if (!Object.class.getModule().isOpen("jdk.internal.misc", ClusterCommand.class.getModule())) {
            throw new PoroException(
                    "a cluster needs an option of the JVM: --add-opens java.base/jdk.internal.misc=ALL-UNNAMED", null);
        }
    }

    private static void awaitCluster(ClusterNode node) {
        boolean isTold = false;
        try {
            while (!node.awaitConnected(LOOK_AGAIN)) {
                if (!isTold && node.failure() == null) {
                    System.err.println(
                            "poro: waiting until a majority of the nodes is there, and this one has caught up");
                    isTold = true;
                }
                if (node.failure() != null) {
                    Thread.sleep(LOOK_AGAIN.toMillis()); // the process is ending
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
