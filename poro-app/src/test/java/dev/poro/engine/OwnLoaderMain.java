package dev.poro.engine;

import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Uses a store whose classes, and those of the libraries under it, come from a class loader of its own, as where an
 * application is deployed anew. Exits with 0 if nothing keeps that loader afterwards.
 */
final class OwnLoaderMain {
    private OwnLoaderMain() {}

    /** @param arguments a path for the store, then what the loader is made of */
    public static void main(String[] arguments) throws Exception {
        Path store = Path.of(arguments[0]);
        URL[] places = Arrays.stream(arguments).skip(1).map(OwnLoaderMain::url).toArray(URL[]::new);
        WeakReference<ClassLoader> loader = use(store, places);
        // JDK 17 remembers the types of the record that was compared last.
        if (new Compared("one").equals(new Compared("other"))) {
            throw new AssertionError();
        }
        for (int round = 0; round < 200 && loader.get() != null; round++) {
            System.gc();
            Thread.sleep(20);
        }
        System.exit(loader.get() == null ? 0 : 1);
    }

    private static WeakReference<ClassLoader> use(Path directory, URL[] places) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(places, ClassLoader.getPlatformClassLoader())) {
            Class<?> store = loader.loadClass("dev.poro.engine.Poro");
            for (int opening = 0; opening < 2; opening++) {
                Object poro = store.getMethod("open", Path.class).invoke(null, directory);
                store.getMethod("set", String.class, String.class).invoke(poro, "key", "value");
                store.getMethod("get", String.class).invoke(poro, "key");
                store.getMethod("snapshot").invoke(poro);
                store.getMethod("close").invoke(poro);
            }
            return new WeakReference<>(loader);
        }
    }

    private static URL url(String place) {
        try {
            return Path.of(place).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(place, e);
        }
    }

    private record Compared(String text) {}
}
