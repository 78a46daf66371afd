package dev.poro;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.poro.statemachine.StateMachine;

/** The arrows between the packages point up only, and what is dangerous or optional stays in one place. */
@AnalyzeClasses(
        packages = "dev.poro",
        importOptions = {DoNotIncludeTests.class, ArchitectureTest.DoNotIncludeTestJars.class})
class ArchitectureTest {
    /** The tests of the other modules come as jars. */
    static final class DoNotIncludeTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
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
    static final ArchRule commandsKnowOnlyTheEngine = noClasses()
            .that()
            .resideInAPackage(COMMAND)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STATE_MACHINE, WAL, "dev.poro.engine.tools..", CLI, SERVER, CLUSTER);

    @ArchTest
    static final ArchRule onlyTheCliTalksToATerminal = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "org.jline..")
            .allowEmptyShould(true);

    /** Everything below it is package-private: there is no other way to the state. However {@code apply} is called. */
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
                    .and(JavaAccess.Predicates.target(name("apply")))
                    .as("StateMachine.apply is called or referred to"));

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
