package dev.poro.perf.bench;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The engines, with what each needs to run in a JVM of its own. */
enum EngineKind {
    PORO("Poro", ".", "dev.poro.perf.bench.PoroEngine", "poro-app", EnumSet.allOf(Durability.class)),
    CHRONICLE_MAP(
            "Chronicle Map",
            "peers/chronicle-map",
            "dev.poro.perf.peers.ChronicleMapEngine",
            "chronicle-map",
            EnumSet.of(Durability.OS),
            "-Dchronicle.analytics.disable=true",
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
            "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
            "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED"),
    ROCKSDB(
            "RocksDB",
            "peers/rocksdb",
            "dev.poro.perf.peers.RocksDbEngine",
            "rocksdbjni",
            EnumSet.allOf(Durability.class)),
    LMDB(
            "LMDB",
            "peers/lmdb",
            "dev.poro.perf.peers.LmdbEngine",
            "lmdbjava",
            EnumSet.allOf(Durability.class),
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"),
    H2_MVSTORE(
            "H2 MVStore", "peers/h2", "dev.poro.perf.peers.MvStoreEngine", "h2-mvstore", EnumSet.of(Durability.ALWAYS)),
    /** Another build of Poro, whose classes come from a jar that the user names. */
    OTHER_PORO("Poro, other jar", ".", "dev.poro.perf.bench.PoroEngine", "", EnumSet.allOf(Durability.class)),
    HASH_MAP("ConcurrentHashMap", ".", "dev.poro.perf.bench.HashMapEngine", "", EnumSet.noneOf(Durability.class)),
    FORCED_FILE("bare fdatasync", ".", "dev.poro.perf.bench.ForcedFileEngine", "", EnumSet.noneOf(Durability.class));

    private final String title;
    private final String module;
    private final String className;
    private final String artifact;

    @SuppressWarnings("ImmutableEnumChecker") // a copy that is never changed
    private final Set<Durability> kept;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> flags;

    EngineKind(String title, String module, String className, String artifact, Set<Durability> kept, String... flags) {
        this.title = title;
        this.module = module;
        this.className = className;
        this.artifact = artifact;
        this.kept = Set.copyOf(kept);
        this.flags = List.of(flags);
    }

    /** The name for readers. */
    String title() {
        return title;
    }

    /** The module with its class path, below {@code perf}. */
    String module() {
        return module;
    }

    /** The {@link Engine}. */
    String className() {
        return className;
    }

    /** The jar whose version is the engine's; empty if it is part of the JDK. */
    String artifact() {
        return artifact;
    }

    /** Options for its JVM. */
    List<String> flags() {
        return flags;
    }

    /** Whether a write that has returned has this durability. */
    boolean keeps(Durability durability) {
        return kept.contains(durability);
    }

    /** Whether a write need not be waited for. */
    boolean pipelines() {
        return this == PORO || this == OTHER_PORO;
    }

    /** Whether it is measured beside engines with that durability: as one of them, or as their lower bound. */
    boolean runsWith(Durability durability) {
        return keeps(durability) || (this == FORCED_FILE) == (durability == Durability.ALWAYS);
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
