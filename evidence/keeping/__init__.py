"""What keeps an installation: backup and restore, the export of an organisation, the outside witness of the ledger."""
