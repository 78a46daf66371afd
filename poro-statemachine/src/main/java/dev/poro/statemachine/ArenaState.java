package dev.poro.statemachine;

/** The life of an {@link Arena}, in order; no state is ever entered again. */
enum ArenaState {
    /** The region has been taken from the operating system and is being prepared. */
    ALLOCATE,
    /** Pages are handed out and taken back; the operating system is not involved. */
    FROZEN,
    /** The region has been released; its addresses are dangling. */
    DEALLOCATE
}
