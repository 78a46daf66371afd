package dev.poro.statemachine;

/**
 * The state machine met what must not happen: an event out of order, a mark that contradicts the state, memory that
 * cannot be reserved, a call in the wrong state of the arena. The store must stop; what is acknowledged is in the log.
 * The message says what was expected, what was found and what the user can do. Rejections that a correct store
 * produces (no memory left, no such key) are outcomes, never exceptions.
 */
public class StateMachineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message that stands for itself. */
    public StateMachineException(String message) {
        super(message);
    }

    /** With what caused it. */
    public StateMachineException(String message, Throwable cause) {
        super(message, cause);
    }
}
