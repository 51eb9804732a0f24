package io.gantry.image.build.check;

/** A build check. Its name in Dockerfiles and in output is {@link #ruleName()}. */
public enum Check {
    STAGE_NAME_CASING("StageNameCasing", "Stage names should be lowercase"),
    FROM_AS_CASING("FromAsCasing", "AS should be written in the case of FROM"),
    NO_EMPTY_CONTINUATION(
            "NoEmptyContinuation", "Empty lines within an instruction will become errors"),
    CONSISTENT_INSTRUCTION_CASING(
            "ConsistentInstructionCasing", "All instructions should be written in the same case"),
    DUPLICATE_STAGE_NAME("DuplicateStageName", "Stage names should be unique"),
    RESERVED_STAGE_NAME("ReservedStageName", "Reserved words should not name stages"),
    JSON_ARGS_RECOMMENDED(
            "JSONArgsRecommended",
            "CMD and ENTRYPOINT in JSON form receive signals, in shell form they do not"),
    MAINTAINER_DEPRECATED("MaintainerDeprecated", "A label should name the author of an image"),
    UNDEFINED_ARG_IN_FROM("UndefinedArgInFrom", "FROM should use declared arguments only"),
    WORKDIR_RELATIVE_PATH(
            "WorkdirRelativePath",
            "A relative directory before any absolute one depends on the base image"),
    UNDEFINED_VAR("UndefinedVar", "Variables should be defined before they are used"),
    MULTIPLE_INSTRUCTIONS_DISALLOWED(
            "MultipleInstructionsDisallowed",
            "Of several instructions of this kind only the last has an effect"),
    LEGACY_KEY_VALUE_FORMAT(
            "LegacyKeyValueFormat", "Names and values should be joined by an equals sign"),
    INVALID_BASE_IMAGE_PLATFORM(
            "InvalidBaseImagePlatform", "The base image should be of the target's platform"),
    REDUNDANT_TARGET_PLATFORM(
            "RedundantTargetPlatform", "The target's platform is that of FROM by default"),
    SECRETS_USED_IN_ARG_OR_ENV(
            "SecretsUsedInArgOrEnv", "Images show what ARG and ENV hold: no place for secrets"),
    INVALID_DEFAULT_ARG_IN_FROM(
            "InvalidDefaultArgInFrom",
            "The defaults of global arguments should make a valid name of a base image"),
    FROM_PLATFORM_FLAG_CONST_DISALLOWED(
            "FromPlatformFlagConstDisallowed", "The platform of FROM should not be constant"),
    COPY_IGNORED_FILE("CopyIgnoredFile", "The context does not have what is ignored"),
    EXPOSE_PROTO_CASING("ExposeProtoCasing", "Protocols of ports should be lowercase"),
    EXPOSE_INVALID_FORMAT(
            "ExposeInvalidFormat", "EXPOSE publishes nothing: addresses and host ports mislead"),
    INVALID_DEFINITION_DESCRIPTION(
            "InvalidDefinitionDescription",
            "A comment above a stage or an argument should describe it, or stand apart");

    private final String ruleName;
    private final String description;

    Check(String ruleName, String description) {
        this.ruleName = ruleName;
        this.description = description;
    }

    /** As in {@code # check=skip=JSONArgsRecommended}. */
    public String ruleName() {
        return ruleName;
    }

    /** What it is about, in a sentence. */
    public String description() {
        return description;
    }

    /** Whether it has to be asked for. */
    public boolean isExperimental() {
        return this == INVALID_DEFINITION_DESCRIPTION;
    }
}
