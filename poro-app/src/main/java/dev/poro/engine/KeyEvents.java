package dev.poro.engine;

import dev.poro.events.KeyEventListener;
import dev.poro.statemachine.StateMachineHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What happens to the keys of a store, in the names that Redis has for it: {@code set}, {@code del}, {@code expired}
 * and so on. A change costs nothing more while nobody listens. Thread-safe.
 */
public final class KeyEvents {
    private final StateMachineHandler handler;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final KeyEventListener all = new KeyEventListener() {
        @Override
        public boolean wants(String name) {
            return KeyEvents.this.wants(name);
        }

        @Override
        public void onKeyEvent(String name, byte[] key) {
            tell(name, key);
        }
    };

    /**
     * Learns of events in the order in which they happen, each once it is durable by the store's {@link SyncPolicy}.
     * Called by whichever thread carries the changes out, which waits for it: a listener hands over what takes long,
     * and never calls the store. What it throws is ignored.
     */
    public interface Listener {
        /** Whether to call {@link #onKeyEvent} for a name. */
        boolean wants(String name);

        /**
         * Something has happened to a key.
         *
         * @param key not to be changed, because other listeners get the same array
         */
        void onKeyEvent(String name, byte[] key);
    }

    KeyEvents(StateMachineHandler handler) {
        this.handler = handler;
    }

    /** From now on tells a listener, too. */
    public synchronized void add(Listener listener) {
        listeners.add(listener);
        handler.tell(all);
    }

    /** Tells a listener nothing any more, but for an event that is being told. */
    public synchronized void remove(Listener listener) {
        listeners.remove(listener);
        if (listeners.isEmpty()) {
            handler.tell(null);
        }
    }

    /** Whether somebody listens, and wants events of this name. */
    public boolean wants(String name) {
        for (Listener listener : listeners) {
            if (wants(listener, name)) {
                return true;
            }
        }
        return false;
    }

    /** What it throws must not come to the thread that carries a change out, which is in the midst of it. */
    private static boolean wants(Listener listener, String name) {
        try {
            return listener.wants(name);
        } catch (RuntimeException | Error e) {
            return false;
        }
    }

    private void tell(String name, byte[] key) {
        for (Listener listener : listeners) {
            try {
                if (listener.wants(name)) {
                    listener.onKeyEvent(name, key);
                }
            } catch (RuntimeException | Error e) {
                // The change has happened whatever a listener makes of it.
            }
        }
    }
}
