package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A class loader that state machines were made in goes when they are closed, although the threads stay. */
@Tag("R39")
class OwnLoaderTest {
    @Test
    void isCollectedOnceItsStateMachinesAreClosed() throws Exception {
        WeakReference<ClassLoader> loader = useStateMachinesOfAnotherLoader();

        for (int round = 0; round < 200 && loader.get() != null; round++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(loader.get()).isNull();
    }

    private static WeakReference<ClassLoader> useStateMachinesOfAnotherLoader() throws Exception {
        URL[] places = Stream.of(RawMemory.class, StateMachine.class, User.class)
                .map(each -> each.getProtectionDomain().getCodeSource().getLocation())
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(places, new WithoutPoro())) {
            Class<?> user = loader.loadClass(User.class.getName());
            assertThat(user).isNotEqualTo(User.class);
            ((Runnable) user.getConstructor().newInstance()).run();
            return new WeakReference<>(loader);
        }
    }

    /** What is done in the other loader. */
    public static final class User implements Runnable {
        /** For reflection. */
        public User() {}

        @Override
        public void run() {
            StateMachine machine = new StateMachine(0);
            try (Events events = Events.of(machine)) {
                events.budget(1 << 20);
                events.set(new byte[] {1}, new byte[100]);
                machine.get(new byte[] {1});
                events.budget(4 << 20);
                machine.retire();
            }
        }
    }

    /** Has all classes but those of Poro, so that these come from the loader below. */
    private static final class WithoutPoro extends ClassLoader {
        private WithoutPoro() {
            super(StateMachine.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("dev.poro.")) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }
    }
}
