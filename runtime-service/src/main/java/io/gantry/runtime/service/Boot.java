package io.gantry.runtime.service;

/**
 * Which boot of the machine the stored records are about.
 *
 * @param id random, new at each boot (random(4), boot_id)
 */
record Boot(String id) {

    /** There is one record only. */
    static final String KEY = "boot";
}
