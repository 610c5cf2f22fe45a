terraform {
  required_version = ">= 1.5"
}

resource "aws_kms_key" "vault" {
  description             = "seal of Vault"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_cloudhsm_v2_cluster" "vault" {
  hsm_type   = "hsm2m.medium"
  subnet_ids = var.subnets
}

resource "aws_cloudhsm_v2_hsm" "a" {
  cluster_id        = aws_cloudhsm_v2_cluster.vault.cluster_id
  availability_zone = "eu-central-1a"
}

resource "aws_s3_bucket" "audit" {
  bucket              = "vault-audit"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 90
    }
  }
}
