"""What the roles keep in AWS: one file a resource, each read, decided on purely, and acted on."""
