//! The chains of the application and its plugins, as the build script proved them.

stairwell::embed!();
