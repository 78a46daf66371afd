package dev.poro;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.poro.engine.Poro;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.WriteAheadLog;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Writer;
import java.net.URL;
import java.nio.charset.Charset;
import java.text.NumberFormat;
import java.time.format.DateTimeFormatter;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the program writes does not depend on the locale and the charset of its host: no call in the main code falls
 * back on them. Under some locales {@code String.format("%d")} writes other digits, and lower case has another i.
 */
@Tag("R30")
class HostDefaultsTest {
    /** Of these, only what takes a {@link Locale} or a {@link Charset} may be called. */
    private static final Set<String> DEPENDENT = Set.of(
            "java.lang.String.format",
            "java.lang.String.formatted",
            "java.lang.String.toLowerCase",
            "java.lang.String.toUpperCase",
            "java.lang.String.getBytes",
            "java.io.PrintStream.printf",
            "java.io.PrintStream.format",
            "java.io.PrintStream.<init>",
            "java.io.PrintWriter.printf",
            "java.io.PrintWriter.format",
            "java.io.PrintWriter.<init>",
            "java.io.Console.printf",
            "java.io.Console.format",
            "java.io.InputStreamReader.<init>",
            "java.io.OutputStreamWriter.<init>",
            "java.io.FileReader.<init>",
            "java.io.FileWriter.<init>",
            "java.io.ByteArrayOutputStream.toString",
            "java.util.Formatter.<init>",
            "java.util.Formatter.format",
            "java.util.Scanner.<init>",
            "java.util.Scanner.nextInt",
            "java.util.Scanner.nextLong",
            "java.util.Scanner.nextDouble",
            "java.text.NumberFormat.getInstance",
            "java.text.NumberFormat.getNumberInstance",
            "java.text.NumberFormat.getIntegerInstance",
            "java.text.NumberFormat.getPercentInstance",
            "java.text.NumberFormat.getCompactNumberInstance",
            "java.text.DecimalFormat.<init>",
            "java.text.DecimalFormatSymbols.<init>",
            "java.text.DecimalFormatSymbols.getInstance",
            "java.text.MessageFormat.<init>",
            "java.text.MessageFormat.format",
            "java.text.SimpleDateFormat.<init>",
            "java.text.DateFormat.getInstance",
            "java.text.DateFormat.getDateInstance",
            "java.text.DateFormat.getTimeInstance",
            "java.text.DateFormat.getDateTimeInstance",
            "java.text.Collator.getInstance",
            "java.text.BreakIterator.getWordInstance",
            "java.time.format.DateTimeFormatter.ofPattern",
            "java.time.format.DateTimeFormatter.ofLocalizedDate",
            "java.time.format.DateTimeFormatter.ofLocalizedTime",
            "java.time.format.DateTimeFormatter.ofLocalizedDateTime",
            "java.time.format.DateTimeFormatterBuilder.toFormatter",
            "java.util.Locale.getDefault",
            "java.nio.charset.Charset.defaultCharset");

    /** What says how to write; a writer has been told. */
    private static final Set<String> TELLING =
            Set.of(Locale.class.getName(), Charset.class.getName(), Writer.class.getName());

    private static final ArchRule NOTHING_DEPENDS_ON_THE_HOST = classes().should(new ArchCondition<>("say which") {
        @Override
        public void check(JavaClass checked, ConditionEvents events) {
            for (JavaAccess<?> access : checked.getAccessesFromSelf()) {
                if (access.getTarget() instanceof CodeUnitAccessTarget target && dependsOnTheHost(target)) {
                    events.add(SimpleConditionEvent.violated(access, access.getDescription()));
                }
            }
        }
    });

    private static boolean dependsOnTheHost(CodeUnitAccessTarget target) {
        List<String> parameters =
                target.getRawParameterTypes().stream().map(JavaClass::getName).toList();
        boolean tells = parameters.stream().anyMatch(TELLING::contains);
        String name = target.getOwner().getName() + "." + target.getName();
        boolean decodes = name.equals("java.lang.String.<init>") && parameters.contains("[B");
        return !tells && (decodes || DEPENDENT.contains(name));
    }

    @Test
    void noCallDependsOnTheHostsLocaleOrCharset() {
        List<URL> modules = Stream.of(RecordFlyweight.class, StateMachine.class, WriteAheadLog.class, Poro.class)
                .map(one -> one.getProtectionDomain().getCodeSource().getLocation())
                .toList();
        NOTHING_DEPENDS_ON_THE_HOST.check(new ClassFileImporter().importUrls(modules));
    }

    @Test
    void everyCallThatDoesIsNoticed() {
        assertThat(violationsOf(Dependent.class)).hasSize(13);
        assertThat(violationsOf(Independent.class)).isEmpty();
    }

    private static List<String> violationsOf(Class<?> checked) {
        return NOTHING_DEPENDS_ON_THE_HOST
                .evaluate(new ClassFileImporter().importClasses(checked))
                .getFailureReport()
                .getDetails();
    }

    /** What somebody might write. */
    @SuppressWarnings({"DefaultCharset", "StringCaseLocaleUsage", "AnnotateFormatMethod", "resource", "unused"})
    private static final class Dependent {
        private static final UnaryOperator<String> LOWER = String::toLowerCase;

        private static Object all(PrintStream out) {
            out.printf("%d", 1);
            return List.of(
                    String.format("%d", 1),
                    "%d".formatted(1),
                    "I".toLowerCase(),
                    "i".toUpperCase(),
                    "a".getBytes(),
                    new String(new byte[1]),
                    new Formatter(),
                    new Scanner("1"),
                    NumberFormat.getInstance(),
                    DateTimeFormatter.ofPattern("d"),
                    new InputStreamReader(System.in));
        }
    }

    /** What they should write. */
    @SuppressWarnings("unused")
    private static final class Independent {
        private static Object all(PrintStream out) {
            out.printf(Locale.ROOT, "%d", 1);
            return List.of(
                    String.format(Locale.ROOT, "%d", 1),
                    "I".toLowerCase(Locale.ROOT),
                    "a".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    new String(new char[1]),
                    new ByteArrayOutputStream().toString(java.nio.charset.StandardCharsets.UTF_8),
                    NumberFormat.getInstance(Locale.ROOT));
        }
    }
}
