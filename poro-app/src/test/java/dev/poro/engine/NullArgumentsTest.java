package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.poro.wal.RestorePoint;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A {@code null} argument of a public method is refused by the parameter's name, before anything is done. */
class NullArgumentsTest {
    private static final String NAME = "[a-z][A-Za-z]+";

    @TempDir
    Path directory;

    @Test
    void everyPublicMethodNamesTheArgumentThatIsNull() throws Exception {
        int checked = 0;
        try (Poro poro = open()) {
            Object production = Poro.class.getProtectionDomain().getCodeSource();
            for (JavaClass found : new ClassFileImporter().importPackages("dev.poro.engine")) {
                Class<?> type = found.reflect();
                if (!type.getProtectionDomain().getCodeSource().equals(production)
                        || !Modifier.isPublic(type.getModifiers())
                        || type.getPackageName().endsWith(".internal")
                        || type.isRecord()
                        || type.isEnum()) {
                    continue;
                }
                for (Method method : type.getDeclaredMethods()) {
                    Object target = type == Poro.class ? poro : type == PoroBuilder.class ? Poro.at(directory) : null;
                    if (Modifier.isPublic(method.getModifiers())
                            && !method.isSynthetic()
                            && (target != null || Modifier.isStatic(method.getModifiers()))) {
                        checked += requireNamed(method, target);
                    }
                }
            }
            assertThat(poro.keys()).as("nothing was done").isZero();
        }
        assertThat(checked).isGreaterThan(30);
        assertThat(directory.toFile().list()).containsExactly("poro.wal");
    }

    private Poro open() {
        return Poro.at(directory.resolve("poro.wal")).memory(1 << 20).open();
    }

    /** Returns how many parameters there were to check. */
    private int requireNamed(Method method, Object target) throws Exception {
        int checked = 0;
        for (int i = 0; i < method.getParameterCount(); i++) {
            if (method.getParameterTypes()[i].isPrimitive()) {
                continue;
            }
            Object[] arguments = new Object[method.getParameterCount()];
            for (int other = 0; other < arguments.length; other++) {
                arguments[other] = other == i ? null : valueOf(method.getParameters()[other]);
            }
            Throwable thrown = catchThrowable(() -> method.invoke(target, arguments));
            Throwable cause = thrown instanceof InvocationTargetException ? thrown.getCause() : thrown;
            assertThat(cause).as("%s with null at %d", method, i).isInstanceOf(NullPointerException.class);
            assertThat(cause.getMessage()).as("%s with null at %d", method, i).matches(NAME);
            checked++;
        }
        return checked;
    }

    private Object valueOf(Parameter parameter) {
        Map<Class<?>, Object> values = Map.ofEntries(
                Map.entry(byte[].class, new byte[1]),
                Map.entry(ByteBuffer.class, ByteBuffer.allocate(1)),
                Map.entry(String.class, "text"),
                Map.entry(int.class, 1),
                Map.entry(long.class, 1L),
                Map.entry(boolean.class, false),
                Map.entry(Path.class, directory.resolve("none")),
                Map.entry(Progress.class, Progress.NONE),
                Map.entry(RestorePoint.class, RestorePoint.ofSequence(1)),
                Map.entry(RecoveryMode.class, RecoveryMode.TAIL),
                Map.entry(Retention.class, Retention.NONE));
        Object value = values.get(parameter.getType());
        return value == null && !parameter.getType().isPrimitive() ? mock(parameter.getType()) : value;
    }

    private static Object mock(Class<?> type) {
        return type.isInterface()
                ? java.lang.reflect.Proxy.newProxyInstance(
                        type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> null)
                : null;
    }
}
