"""The keys that Vault and OpenBao know outside of seal and storage blocks, and the type that each must have.

SOURCE: openbao/openbao internal/command/server/config.go and internal/helper/configutil (OpenBao, tried with 2.7.2);
developer.hashicorp.com/vault/docs/configuration (Vault).

Types: text (a Go string: a number passes, a switch, list or object does not), flag (true, "true", 1 ...), strict_flag
(true or false unquoted), number, duration ("768h" or seconds), texts (a list of strings), any.
"""

from __future__ import annotations

from collections.abc import Mapping


def _keys(type_: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), type_)


TOP_COMMON: Mapping[str, str] = {
    **_keys("text", "api_addr cluster_addr cluster_name cluster_cipher_suites plugin_directory log_level log_format"),
    **_keys("text", "log_file log_rotate_duration pid_file detect_deadlocks log_requests_level"),
    **_keys("flag", "ui disable_cache disable_printable_check introspection_endpoint raw_storage_endpoint"),
    **_keys("flag", "disable_clustering disable_performance_standby disable_sealwrap disable_indexing"),
    **_keys("flag", "disable_sentinel_trace enable_response_header_hostname enable_response_header_raft_node_id"),
    **_keys("strict_flag", "imprecise_lease_role_tracking allow_audit_log_prefixing"),
    **_keys("number", "cache_size plugin_file_uid log_rotate_bytes log_rotate_max_files"),
    **_keys("duration", "max_lease_ttl default_lease_ttl default_max_request_duration"),
    **_keys("any", "plugin_file_permissions"),
}
TOP_VAULT: Mapping[str, str] = {
    **_keys("text", "license_path license administrative_namespace_path plugin_tmpdir post_unseal_trace_directory"),
    **_keys("text", "remove_irrevocable_lease_after"),
    **_keys("flag", "disable_mlock enable_multiseal enable_post_unseal_trace deny_slash_in_templated_paths"),
    **_keys("any", "experiments adaptive_overload_protection request_limiter replication sentinel reporting"),
    **_keys("any", "observations feature_flags enable_unauthenticated_access"),
}
TOP_OPENBAO: Mapping[str, str] = {
    **_keys("text", "plugin_download_behavior"),
    **_keys("flag", "plugin_auto_download plugin_auto_register"),
    **_keys("strict_flag", "unsafe_cross_namespace_identity unsafe_allow_api_audit_creation disable_standby_reads"),
    **_keys("strict_flag", "allow_unauthenticated_workflows unsafe_relative_paths"),
    **_keys("number", "plugin_download_max_size"),
}
BLOCKS_COMMON = frozenset(
    {"storage", "backend", "ha_storage", "ha_backend", "listener", "seal", "kms", "hsm"}
    | {"telemetry", "user_lockout", "service_registration"}
)
BLOCKS_VAULT = frozenset(
    {"entropy", "kms_library", "reporting", "sentinel", "replication", "request_limiter", "observations"}
)
BLOCKS_OPENBAO = frozenset({"audit", "plugin", "initialize"})

LISTENER_COMMON: Mapping[str, str] = {
    **_keys("text", "type role address cluster_address tls_cert_file tls_key_file tls_min_version tls_max_version"),
    **_keys(
        "text", "tls_cipher_suites tls_client_ca_file proxy_protocol_behavior socket_mode socket_user socket_group"
    ),
    **_keys("text", "x_forwarded_for_client_cert_header"),
    **_keys("flag", "require_request_header tls_disable tls_require_and_verify_client_cert tls_disable_client_certs"),
    **_keys("flag", "x_forwarded_for_reject_not_present x_forwarded_for_reject_not_authorized cors_enabled"),
    **_keys("number", "max_request_size x_forwarded_for_hop_skips"),
    **_keys("duration", "max_request_duration http_read_timeout http_read_header_timeout http_write_timeout"),
    **_keys("duration", "http_idle_timeout"),
    **_keys("any", "purpose proxy_protocol_authorized_addrs x_forwarded_for_authorized_addrs cors_allowed_origins"),
    **_keys("any", "cors_allowed_headers custom_response_headers"),
}
LISTENER_VAULT: Mapping[str, str] = {
    **_keys("flag", "tls_prefer_server_cipher_suites redact_addresses redact_cluster_name redact_version"),
    **_keys("flag", "disable_replication_status_endpoints disable_request_limiter"),
    **_keys("number", "max_json_depth max_json_string_value_length max_json_object_entry_count"),
    **_keys("number", "max_json_array_element_count max_json_token_count"),
    **_keys("text", "chroot_namespace"),
    **_keys("any", "enable_unauthenticated_access x_forwarded_for_client_cert_header_decoders"),
}
LISTENER_OPENBAO: Mapping[str, str] = {
    **_keys("text", "tls_acme_cache_path tls_acme_ca_directory tls_acme_test_ca_directory tls_acme_ca_root"),
    **_keys("text", "tls_acme_eab_key_id tls_acme_eab_mac_key tls_acme_key_type tls_acme_email"),
    **_keys("flag", "tls_auto_reload tls_acme_disable_http_challenge tls_acme_disable_alpn_challenge"),
    **_keys("flag", "cors_allow_credentials disable_unauthed_rekey_endpoints disable_unauthed_generate_root_endpoints"),
    **_keys("flag", "x_forwarded_for_client_cert_keep_not_forwarded x_forwarded_for_client_cert_keep_unauthorized"),
    **_keys("number", "max_request_json_memory max_request_json_strings"),
    **_keys("duration", "tls_auto_reload_interval"),
    **_keys("any", "tls_acme_domains tls_key_exchange_preferences x_forwarded_for_client_cert_decoders"),
}
LISTENER_BLOCKS = frozenset(
    {"telemetry", "profiling", "inflight_requests_logging", "agent_api", "proxy_api", "custom_response_headers"}
)
LISTENER_INNER: Mapping[str, Mapping[str, str]] = {
    "telemetry": _keys("flag", "unauthenticated_metrics_access disallow_metrics metrics_only")
    | {"metrics_path": "text"},
    "profiling": _keys("flag", "unauthenticated_pprof_access"),
    "inflight_requests_logging": _keys("flag", "unauthenticated_in_flight_requests_access"),
}
TELEMETRY: Mapping[str, str] = {
    **_keys("text", "statsite_address statsd_address metrics_prefix dogstatsd_addr stackdriver_project_id"),
    **_keys("text", "stackdriver_location stackdriver_namespace circonus_api_token circonus_api_app circonus_api_url"),
    **_keys("text", "circonus_submission_interval circonus_submission_url circonus_check_id circonus_broker_id"),
    **_keys("text", "circonus_check_force_metric_activation circonus_check_instance_id circonus_check_search_tag"),
    **_keys("text", "circonus_check_tags circonus_check_display_name circonus_broker_select_tag"),
    **_keys("strict_flag", "disable_hostname enable_hostname_label stackdriver_debug_logs filter_default"),
    **_keys("strict_flag", "add_lease_metrics_namespace_labels"),
    **_keys("number", "maximum_gauge_cardinality num_lease_metrics_buckets"),
    **_keys("duration", "usage_gauge_period prometheus_retention_time lease_metrics_epsilon"),
    **_keys(
        "any", "dogstatsd_tags prefix_filter add_mount_point_rollback_metrics rollback_metrics_include_mount_point"
    ),
}
AUDIT: Mapping[str, str] = {"description": "text", "local": "strict_flag", "type": "text", "path": "text"}
PLUGIN: Mapping[str, str] = {
    **_keys("text", "image version binary_name sha256sum command type name"),
    **_keys("any", "args env"),
}
USER_LOCKOUTS = frozenset({"all", "ldap", "approle", "userpass"})

# Blocks that may also be written as `name = { ... }` or `name = [{ ... }]`; both mean the same to the server.
INNER_BLOCKS = LISTENER_BLOCKS | {"retry_join", "options", "request", "config", "autopilot"}


def top_keys(product: str) -> Mapping[str, str]:
    """Top-level keys -> type on this product."""
    return {**TOP_COMMON, **(TOP_OPENBAO if product == "openbao" else TOP_VAULT)}


def top_blocks(product: str) -> frozenset[str]:
    """Top-level blocks that this product knows."""
    return BLOCKS_COMMON | (BLOCKS_OPENBAO if product == "openbao" else BLOCKS_VAULT)


def listener_keys(product: str) -> Mapping[str, str]:
    """Keys of a listener block -> type on this product."""
    return {**LISTENER_COMMON, **(LISTENER_OPENBAO if product == "openbao" else LISTENER_VAULT)}


# Keys and blocks that only OpenBao has: where one stands, the file is OpenBao's unless somebody says otherwise.
OPENBAO_MARKS = (BLOCKS_OPENBAO | TOP_OPENBAO.keys()) - TOP_COMMON.keys()
OPENBAO_LISTENER_MARKS = LISTENER_OPENBAO.keys() - {"x_forwarded_for_client_cert_decoders", "cors_allow_credentials"}
OPENBAO_SEALS = frozenset({"static", "kmip", "ovhcloud", "tcloudpublic", "securosyshsm"})
OPENBAO_SEAL_MARKS = frozenset(
    {"serial", "disable_software_encryption", "health_check_enabled", "health_check_timeout"}
)
