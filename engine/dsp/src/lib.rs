//! Signal processing kernels of Segue.
