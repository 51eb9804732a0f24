package io.gantry.runtime.pod;

/**
 * Where a sandbox is in its life.
 *
 * <pre>
 *            run                 stop, shim lost, reboot
 *   CREATING ────▶ READY ──────────────────────────────▶ NOTREADY ── remove ──▶ (gone)
 *      │                                                    ▲
 *      ├── run failed, all undone ──▶ (gone)                │
 *      └── run failed, an undo failed ──────────────────────┘
 * </pre>
 *
 * CREATING is the intent, recorded before anything is made; a daemon that finds it at its start
 * undoes the rest. Clients do not see it.
 */
public enum PodSandboxState {
    CREATING,
    READY,
    NOTREADY
}
