package dev.poro;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.poro.engine.tools.LogHistory;
import dev.poro.events.RawMemory;
import dev.poro.statemachine.SnapshotRestorer;
import dev.poro.statemachine.StateMachine;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;

/** The arrows between the packages point up only, and what is dangerous or optional stays in one place. */
@AnalyzeClasses(packages = "dev.poro", importOptions = ArchitectureTest.NoTests.class)
class ArchitectureTest {
    /** ArchUnit's own option knows no jars of tests and no build with its own directory, as the checked one has. */
    static final class NoTests implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/test-classes/") && !location.contains("-tests.jar");
        }
    }

    private static final String EVENTS = "dev.poro.events..";
    private static final String STATE_MACHINE = "dev.poro.statemachine..";
    private static final String WAL = "dev.poro.wal..";
    private static final String STORAGE = "dev.poro.wal.storage..";
    private static final String ENGINE = "dev.poro.engine..";
    private static final String COMMAND = "dev.poro.command..";
    private static final String CLI = "dev.poro.cli..";
    private static final String SERVER = "dev.poro.server..";
    private static final String CLUSTER = "dev.poro.cluster..";

    /**
     * What the engine still shows of the modules below it, and so its users see: reports, and settings. A class that
     * the engine gets one of its own for leaves this list. None comes in.
     */
    static final Set<String> SHOWN_BY_THE_ENGINE = Set.of(
            "dev.poro.events.EventType",
            "dev.poro.events.RecordFlyweight",
            "dev.poro.events.StateSummary",
            "dev.poro.statemachine.MemoryReport",
            "dev.poro.wal.BackupReport",
            "dev.poro.wal.LogDamagedException",
            "dev.poro.wal.LogProblem",
            "dev.poro.wal.RecoveryReport",
            "dev.poro.wal.RepairReport",
            "dev.poro.wal.RestorePoint",
            "dev.poro.wal.RestoreReport",
            "dev.poro.wal.Retention",
            "dev.poro.wal.ScanReport",
            "dev.poro.wal.SegmentReport",
            "dev.poro.wal.SnapshotReport");

    // allowEmptyShould: a package that is planned but not written yet breaks no rule.

    @ArchTest
    static final ArchRule eventsKnowNoneOfOurs = noClasses()
            .that()
            .resideInAPackage(EVENTS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STATE_MACHINE, WAL, ENGINE, COMMAND, CLI, SERVER, CLUSTER)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule stateMachineKnowsOnlyEvents = noClasses()
            .that()
            .resideInAPackage(STATE_MACHINE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(WAL, ENGINE, COMMAND, CLI, SERVER, CLUSTER)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule walKnowsOnlyEvents = noClasses()
            .that()
            .resideInAPackage(WAL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STATE_MACHINE, ENGINE, COMMAND, CLI, SERVER, CLUSTER)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule storageKnowsNothingOfTheLog = noClasses()
            .that()
            .resideInAPackage(STORAGE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.poro.wal");

    @ArchTest
    static final ArchRule engineKnowsNoneOfItsUsers = noClasses()
            .that()
            .resideInAPackage(ENGINE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(COMMAND, CLI, SERVER, CLUSTER)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule engineKnowsNoneOfItsTools = noClasses()
            .that()
            .resideInAnyPackage("dev.poro.engine", "dev.poro.engine.internal")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.poro.engine.tools..");

    @ArchTest
    static final ArchRule internalsAreTheEnginesOwn = noClasses()
            .that()
            .resideOutsideOfPackage(ENGINE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.poro.engine.internal");

    @ArchTest
    static final ArchRule anEmbedderImportsTheEngineAlone = classes()
            .that()
            .resideInAPackage("dev.poro.engine")
            .and()
            .arePublic()
            .should(new SpeakOnlyOf("java..", "dev.poro.engine"));

    @ArchTest
    static final ArchRule theServerKnowsNoOtherFrontEnd = noClasses()
            .that()
            .resideInAPackage(SERVER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, CLUSTER)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule theClusterKnowsNoOtherFrontEnd = noClasses()
            .that()
            .resideInAPackage(CLUSTER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, SERVER)
            .allowEmptyShould(true);

    /** Also the cluster: a replica is a store of the engine. */
    @ArchTest
    static final ArchRule usersOfTheEngineSeeNothingBelowIt = noClasses()
            .that()
            .resideInAnyPackage(COMMAND, CLI, SERVER, CLUSTER)
            .should()
            .dependOnClassesThat(resideInAnyPackage(EVENTS, STATE_MACHINE, WAL)
                    .and(not(describe("shown by the engine", ArchitectureTest::isShownByTheEngine))));

    static boolean isShownByTheEngine(JavaClass used) {
        JavaClass outermost = used;
        while (outermost.getEnclosingClass().isPresent()) {
            outermost = outermost.getEnclosingClass().get();
        }
        return SHOWN_BY_THE_ENGINE.contains(outermost.getFullName());
    }

    /** And a tool that answers for a store without a change log. */
    @ArchTest
    static final ArchRule commandsKnowOnlyTheEngine = noClasses()
            .that()
            .resideInAPackage(COMMAND)
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage(EVENTS, STATE_MACHINE, WAL, "dev.poro.engine.tools..", CLI, SERVER, CLUSTER)
                            .and(not(belongToAnyOf(LogHistory.class))));

    @ArchTest
    static final ArchRule onlyTheCliTalksToATerminal = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "org.jline..")
            .allowEmptyShould(true);

    /** Someone who embeds the store alone has no Netty. */
    @ArchTest
    static final ArchRule onlyTheServerNeedsNetty = noClasses()
            .that()
            .resideOutsideOfPackage(SERVER)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    /** So a program can start a server without seeing Netty. */
    @ArchTest
    static final ArchRule theServerShowsNoNetty = classes()
            .that()
            .resideInAPackage(SERVER)
            .and()
            .arePublic()
            .should(new SpeakOnlyOf("java..", "dev.poro.engine", "dev.poro.command", "dev.poro.server"));

    /** Someone who embeds the store alone has no Aeron. */
    @ArchTest
    static final ArchRule onlyTheClusterNeedsAeron = noClasses()
            .that()
            .resideOutsideOfPackage(CLUSTER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aeron..", "org.agrona..");

    /** So a program can start a node without seeing Aeron. */
    @ArchTest
    static final ArchRule theClusterShowsNoAeron = classes()
            .that()
            .resideInAPackage(CLUSTER)
            .and()
            .arePublic()
            .should(new SpeakOnlyOf("java..", "dev.poro.engine", "dev.poro.cluster"));

    /** However {@code apply} is called, and {@code skipTo}, which changes the sequence alone. */
    @ArchTest
    static final ArchRule stateChangesOnlyByTheHandlerAndByReplay = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.poro.statemachine.StateMachine")
            .and()
            .doNotHaveFullyQualifiedName("dev.poro.statemachine.StateMachineHandler")
            .and()
            .doNotHaveFullyQualifiedName("dev.poro.engine.internal.Replay")
            .and()
            .doNotHaveFullyQualifiedName("dev.poro.engine.tools.Salvage")
            .should()
            .accessTargetWhere(JavaAccess.Predicates.targetOwner(type(StateMachine.class))
                    .and(JavaAccess.Predicates.target(name("apply").or(name("skipTo"))))
                    .as("StateMachine.apply or skipTo is called or referred to"));

    /** The one other way: a snapshot, in place of the events that came before it. */
    @ArchTest
    static final ArchRule stateIsFilledOnlyByReplay = noClasses()
            .that()
            .resideOutsideOfPackage(STATE_MACHINE)
            .and()
            .doNotHaveFullyQualifiedName("dev.poro.engine.internal.Replay")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("dev.poro.statemachine.SnapshotRestorer");

    /**
     * Within the module: memory that holds entries, their index, and the totals. What writes it is called by
     * {@code apply}, by the restoring of a snapshot, or by the making of an empty state machine; there is no other way.
     */
    @ArchTest
    static final ArchRule stateIsWrittenOnlyByApplyAndByARestore = codeUnits()
            .that()
            .areDeclaredInClassesThat()
            .resideInAPackage(STATE_MACHINE)
            .should(new ReachedOnlyThrough(
                    describe("write the state", ArchitectureTest::writesTheState),
                    describe(
                            "apply, a restore, a skip, and the constructor",
                            unit -> isMethod(unit, StateMachine.class, Set.of("apply", "skipTo", "<init>"))
                                    || isMethod(
                                            unit,
                                            SnapshotRestorer.class,
                                            Set.of("begin", "restore", "end", "abandon")))));

    private static boolean isMethod(JavaCodeUnit unit, Class<?> owner, Set<String> names) {
        return unit.getOwner().isEquivalentTo(owner) && names.contains(unit.getName());
    }

    /** A copy into an array reads, and so does what the readers copy to where their caller wants it. */
    private static boolean writesTheState(JavaAccess<?> access) {
        if (access.getOriginOwner().isEquivalentTo(RawMemory.class)) {
            return false; // its callers count
        }
        if (access.getTargetOwner().isEquivalentTo(AtomicLongArray.class)) {
            return access.getOriginOwner().getSimpleName().equals("Totals")
                    && access.getName().startsWith("set");
        }
        String name = access.getName();
        boolean isOfReader =
                Set.of("EntryReader", "Reads").contains(access.getOriginOwner().getSimpleName());
        return access.getTargetOwner().isEquivalentTo(RawMemory.class)
                && (name.startsWith("write")
                        || name.equals("fill")
                        || (!isOfReader
                                && name.startsWith("copy")
                                && !access.getTarget().getFullName().endsWith("copy(long, [B, int, int)")));
    }

    @ArchTest
    static final ArchRule nobodyTouchesUnsafe = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.poro.events.RawMemory")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("sun.misc.Unsafe")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("jdk.internal.misc.Unsafe")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule rawMemoryIsTouchedInOneClass = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.poro.events.RawMemory")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("net.openhft.chronicle.core.UnsafeMemory")
            .allowEmptyShould(true);
}
